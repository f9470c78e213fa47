/* OneOS's scheduler lock and interrupt mask. */
#include "internal.h"

#include "os_task.h"

void os_schedule_lock(void)
{
    struct task *const self = task_self();

    if (!oneos_allowed(ONEOS_CALL(os_schedule_lock)) || self == NULL)
        return;
    task_count(&self->schedule_locks, 1);
    port_order(ORDER_SCHEDULER, true, 0);
}

void os_schedule_unlock(void)
{
    const struct heap_call call = ONEOS_CALL(os_schedule_unlock);
    struct task *const self = task_self();

    if (!oneos_allowed(call) || self == NULL)
        return;
    if (self->schedule_locks == 0) {
        api_misuse(call, DIAGNOSIS_OBJECT, NULL, 0,
                   "the scheduler is not locked: there was no os_schedule_lock before");
        return;
    }
    port_order(ORDER_SCHEDULER, false, 0);
    const bool masked = kernel_enter();
    task_count(&self->schedule_locks, -1);
    kernel_leave(masked); /* switches, if that became due meanwhile */
}

os_bool_t os_is_schedule_locked(void)
{
    const struct task *const self = task_self();

    return self != NULL && self->schedule_locks > 0;
}

os_ubase_t os_irq_lock(void)
{
    const bool masked = kernel_mask();

    if (!masked)
        irq_note_site(__builtin_return_address(0));
    return masked;
}

void os_irq_unlock(os_ubase_t state)
{
    if (state == 0)
        irq_note_end();
    kernel_leave(state != 0);
}

void os_irq_disable(void)
{
    if (!kernel_mask())
        irq_note_site(__builtin_return_address(0));
}

void os_irq_enable(void)
{
    if (!kernel_core()->masked)
        return;
    irq_note_end();
    kernel_leave(false);
}

os_bool_t os_is_irq_active(void)
{
    return irq_in_isr();
}

os_bool_t os_is_irq_disabled(void)
{
    return kernel_core()->masked;
}
