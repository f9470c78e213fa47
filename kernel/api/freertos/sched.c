/* Suspending the scheduler, and critical sections. */
#include "internal.h"

#include "task.h"

/*
 * On several cores one task at a time may have the scheduler suspended; the others wait here. Its
 * owner can't lose its core meanwhile, so the wait ends.
 */
static bool claim(struct task *self)
{
    const bool masked = kernel_enter();
    const bool claimed = kernel.freertos.suspender == NULL || kernel.freertos.suspender == self;

    if (claimed) {
        kernel.freertos.suspender = self;
        task_count(&self->schedule_locks, 1);
    }
    kernel_leave(masked);
    return claimed;
}

void freertos_suspend(void)
{
    struct task *const self = task_self();

    if (self == NULL)
        return;
    if (kernel.core_count == 1)
        task_count(&self->schedule_locks, 1);
    else
        while (!claim(self))
            ;
}

bool freertos_resume(void)
{
    struct task *const self = task_self();

    if (self == NULL)
        return false;
    const bool masked = kernel_enter();
    if (task_count(&self->schedule_locks, -1) == 0)
        kernel.freertos.suspender = NULL;
    const bool due = self->schedule_locks == 0 && !masked && kernel_core()->reschedule;
    kernel_leave(masked); /* switches, if that became due meanwhile */
    return due;
}

void vTaskSuspendAll(void)
{
    if (!freertos_allowed(FREERTOS_CALL(vTaskSuspendAll)))
        return;
    freertos_suspend();
    port_order(ORDER_SUSPENDED, true, 0);
}

BaseType_t xTaskResumeAll(void)
{
    const struct heap_call call = FREERTOS_CALL(xTaskResumeAll);
    const struct task *const self = task_self();

    if (!freertos_allowed(call) || self == NULL)
        return pdFALSE;
    if (self->schedule_locks == 0) {
        api_misuse(call, DIAGNOSIS_OBJECT, NULL, 0,
                   "the scheduler is not suspended: there was no vTaskSuspendAll before");
        return pdFALSE;
    }
    port_order(ORDER_SUSPENDED, false, 0);
    return freertos_resume() ? pdTRUE : pdFALSE;
}

/* --- critical sections --- */

void vPortEnterCritical(void)
{
    if (!freertos_allowed(FREERTOS_CALL(vPortEnterCritical)))
        return;
    const bool masked = kernel_mask();
    struct freertos_core *const core = &kernel.freertos.cores[port_core()];

    if (core->critical_nesting++ == 0)
        core->was_masked = masked;
    if (!masked)
        irq_note_site(__builtin_return_address(0));
}

void vPortExitCritical(void)
{
    const struct heap_call call = FREERTOS_CALL(vPortExitCritical);
    struct freertos_core *const core = &kernel.freertos.cores[port_core()];

    if (!freertos_allowed(call))
        return;
    if (core->critical_nesting == 0) {
        api_misuse(call, DIAGNOSIS_OBJECT, NULL, 0, "there was no portENTER_CRITICAL before");
        return;
    }
    if (--core->critical_nesting > 0)
        return;
    if (!core->was_masked)
        irq_note_end();
    kernel_leave(core->was_masked);
}

unsigned long ulPortEnterCriticalFromISR(void)
{
    if (!freertos_allowed(FREERTOS_CALL(ulPortEnterCriticalFromISR)))
        return 0;
    const bool masked = kernel_mask();
    if (!masked)
        irq_note_site(__builtin_return_address(0));
    return masked;
}

void vPortExitCriticalFromISR(unsigned long saved)
{
    if (!freertos_allowed(FREERTOS_CALL(vPortExitCriticalFromISR)) || !kernel_core()->masked)
        return;
    if (saved == 0)
        irq_note_end();
    kernel_leave(saved != 0);
}

void vPortDisableInterrupts(void)
{
    if (!kernel_mask())
        irq_note_site(__builtin_return_address(0));
}

void vPortEnableInterrupts(void)
{
    if (!kernel_core()->masked)
        return;
    irq_note_end();
    kernel_leave(false);
}

/* --- tasks --- */

void freertos_task_body(TaskFunction_t function, void *argument)
{
    function(argument);
    rules_allow_return(&freertos_rules, function);
}

/* --- assertions --- */

static void describe(char *text, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    port_format(text, size, format, args);
    va_end(args);
}

void vPortAssertFailed(const char *condition, const char *function, unsigned long line)
{
    char text[200];

    describe(text, sizeof text, "(%s) does not hold in %s, line %lu", condition, function, line);
    api_misuse(HEAP_CALL(function), DIAGNOSIS_ASSERTION, NULL, 0, text);
}
