/* Where OneOS's calls may be made: the kinds, and the table. */
#include "internal.h"

static const struct rule_kind kind_ANY = {
    .name = "any", .reason = "It neither waits nor takes a lock that waits.", .instead = ""};

/* Before the first task runs nothing has to wait. */
static const struct rule_kind kind_HEAP = {
    .name = "heap",
    .reason =
        "Each heap is locked by a semaphore, which only a task can wait for; upstream asserts.",
    .instead = "Let a task allocate, or take what it needs before.",
    .limits = {ISRS | LOCKS, IN_IDLE}};

static const struct rule_kind kind_NO_ISR = {
    .name = "no interrupt",
    .reason = "Heaps and their regions come in tasks only; upstream asserts.",
    .instead = "Make the call in a task.",
    .limits = {ISRS, NOWHERE}};

static const struct rule_kind kind_SCHEDULE = {
    .name = "scheduler",
    .reason = "An interrupt is no task, so it has no core to keep.",
    .instead = "Leave it out: no task runs before the interrupt has ended.",
    .limits = {ISRS, NOWHERE}};

#define CALL(name, kind, refused) [ONEOS_ROW_##name] = {#name, &kind_##kind, refused},
const struct call_rule oneos_rows[] = {
#include "calls.def"
};
#undef CALL

/* What has no row is the C library's malloc and its kin (LIBC_HEAP). */
const struct call_rules oneos_rules = {.rows = oneos_rows,
                                       .count = ONEOS_ROWS,
                                       .fallback = &kind_HEAP,
                                       .task = "task",
                                       .lock_call = "os_schedule_lock",
                                       .mask_call = "os_irq_lock"};
