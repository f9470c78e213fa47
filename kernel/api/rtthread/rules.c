/* Where RT-Thread's calls may be made: the kinds, and the table. */
#include "internal.h"

/* RT_USING_HEAP_ISR: the heap's lock keeps interrupts off instead of waiting. */
static bool heap_masks(void)
{
    return kernel.heap_lock == HEAP_LOCK_INTERRUPTS;
}

#define MASKING_HEAP "--heap-lock=interrupts"

static const struct rule_kind kind_ANY = {
    .name = "any", .reason = "It neither waits nor takes a lock that waits.", .instead = ""};

/* Before the first thread runs there is no lock and no check, in an ISR neither. */
static const struct rule_kind kind_HEAP = {
    .name = "heap",
    .reason = "The heap is locked by a mutex, which only a thread can wait for.",
    .instead = "Let a thread allocate, or take a block of a memory pool (rt_mp_alloc with "
               "RT_WAITING_NO); or configure RT_USING_HEAP_ISR (--heap-lock=interrupts).",
    .limits = {IN_URGENT_ISR | IN_ISR | LOCKS, IN_IDLE},
    .otherwise = heap_masks,
    .other_limits = {NOWHERE, NOWHERE},
    .other_when = MASKING_HEAP};

static const struct rule_kind kind_CREATE = {
    .name = "creates",
    .reason = "It takes memory from the heap, or gives it back, and an object comes and goes in "
              "threads only.",
    .instead = "Create the object before it is needed, or use a static one (rt_..._init).",
    .limits = {ISRS | LOCKS, IN_IDLE},
    .otherwise = heap_masks,
    .other_limits = {ISRS, NOWHERE},
    .other_when = MASKING_HEAP};

static const struct rule_kind kind_WAIT = {
    .name = "waits",
    .reason = "Only a thread can wait, and only where another may take its core.",
    .instead = "Pass RT_WAITING_NO, and cope with an error.",
    .limits = {NOWHERE, NOT_A_TASK | LOCKS | IN_IDLE}};

static const struct rule_kind kind_SLEEP = {
    .name = "sleeps",
    .reason = "It always waits: only a thread can, and only where another may take its core.",
    .instead = "Let a thread sleep, or a device count the time.",
    .limits = {NOT_A_TASK | LOCKS | IN_IDLE, NOWHERE}};

static const struct rule_kind kind_MUTEX = {
    .name = "mutex",
    .reason = "A mutex belongs to a thread, and may make it wait.",
    .instead = "Release a semaphore, and let a thread do the work; or keep interrupts off in the "
               "threads.",
    .limits = {NOT_A_TASK | LOCKS, IN_IDLE}};

static const struct rule_kind kind_OWNER = {.name = "owner",
                                            .reason =
                                                "A mutex is released by the thread that took it.",
                                            .instead = "Release it in that thread.",
                                            .limits = {NOT_A_TASK, NOWHERE}};

static const struct rule_kind kind_OWN_LOCK = {
    .name = "own lock",
    .reason = "The memheap is locked by a semaphore of its own, which only a thread can wait for.",
    .instead = "Let a thread allocate, or lock around all calls and set the memheap's `locked`.",
    .limits = {NOT_A_TASK | LOCKS | IN_IDLE, NOWHERE}};

static const struct rule_kind kind_NO_ISR = {.name = "no interrupt",
                                             .reason = "Heaps come and go in threads only.",
                                             .instead = "Make the call in a thread.",
                                             .limits = {ISRS, NOWHERE}};

const struct rule_kind *const rt_memheap_lock = &kind_OWN_LOCK;

#define CALL(name, kind, refused) [RT_ROW_##name] = {#name, &kind_##kind, refused},
const struct call_rule rt_rows[] = {
#include "calls.def"
};
#undef CALL

/* What has no row is the C library's malloc and its kin (LIBC_HEAP). */
const struct call_rules rt_rules = {.rows = rt_rows,
                                    .count = RT_ROWS,
                                    .fallback = &kind_HEAP,
                                    .task = "thread",
                                    .lock_call = "rt_enter_critical",
                                    .mask_call = "rt_hw_interrupt_disable"};
