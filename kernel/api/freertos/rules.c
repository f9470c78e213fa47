/* Where FreeRTOS's calls may be made: the kinds, and the table. */
#include "internal.h"

static bool has_many_cores(void)
{
    return kernel.core_count > 1;
}

#define MANY_CORES "--cores 2 and more"

static const struct rule_kind kind_ANY = {
    .name = "any",
    .reason = "It reads or writes one word, or touches no kernel object.",
    .instead = ""};

/* On one core a section inside of a critical section needs no lock of its own. */
static const struct rule_kind kind_HEAP = {
    .name = "heap",
    .reason = "The heap is guarded by suspending the scheduler, which does not keep interrupts "
              "out; on several cores that may wait for another core.",
    .instead = "Let a task allocate, and hand the block to the interrupt beforehand.",
    .limits = {ISRS, NOWHERE},
    .otherwise = has_many_cores,
    .other_limits = {ISRS | INTERRUPTS_OFF, NOWHERE},
    .other_when = MANY_CORES};

static const struct rule_kind kind_SUSPEND = {
    .name = "suspends",
    .reason = "Only tasks are switched; on several cores the call may wait for another core.",
    .instead = "An interrupt needs no protection from tasks; from other interrupts: "
               "taskENTER_CRITICAL_FROM_ISR.",
    .limits = {ISRS, NOWHERE},
    .otherwise = has_many_cores,
    .other_limits = {ISRS | INTERRUPTS_OFF, NOWHERE},
    .other_when = MANY_CORES};

static const struct rule_kind kind_NO_ISR = {.name = "no interrupt",
                                             .reason =
                                                 "It changes what tasks are in the middle of.",
                                             .instead = "Make the call in a task.",
                                             .limits = {ISRS, NOWHERE}};

static const struct rule_kind kind_CRITICAL = {
    .name = "critical",
    .reason = "Its nesting is the task's, and its end would switch interrupts on inside of an "
              "interrupt.",
    .instead = "Use taskENTER_CRITICAL_FROM_ISR and taskEXIT_CRITICAL_FROM_ISR.",
    .limits = {ISRS, NOWHERE}};

/* The calls that end in FromISR, and theirs. */
static const struct rule_kind kind_FROM_ISR = {
    .name = "from ISR",
    .reason = "The kernel's critical sections leave interrupts on that are more urgent than "
              "configMAX_SYSCALL_INTERRUPT_PRIORITY, so those may not touch it.",
    .instead = "",
    .limits = {IN_URGENT_ISR, NOWHERE}};

#define CALL(name, kind, refused) [FREERTOS_ROW_##name] = {#name, &kind_##kind, refused},
const struct call_rule freertos_rows[] = {
#include "calls.def"
};
#undef CALL

/* What has no row is the C library's malloc and its kin (LIBC_HEAP). */
const struct call_rules freertos_rules = {.rows = freertos_rows,
                                          .count = FREERTOS_ROWS,
                                          .fallback = &kind_HEAP,
                                          .task = "task",
                                          .lock_call = "vTaskSuspendAll",
                                          .mask_call = "taskENTER_CRITICAL",
                                          .ends_by = "End it with vTaskDelete(NULL).",
                                          .wakes_first = "Let the waiting tasks go first: send "
                                                         "them something, or end them."};
