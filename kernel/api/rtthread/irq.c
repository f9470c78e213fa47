/* RT-Thread's interrupt calls. */
#include "internal.h"

void rt_interrupt_enter(void)
{
}

void rt_interrupt_leave(void)
{
}

rt_uint8_t rt_interrupt_get_nest(void)
{
    return (rt_uint8_t)kernel_core()->interrupts;
}

rt_base_t rt_hw_interrupt_disable(void)
{
    const bool masked = kernel_mask();

    if (!masked)
        irq_note_site(__builtin_return_address(0));
    return masked;
}

void rt_hw_interrupt_enable(rt_base_t level)
{
    if (!kernel_core()->masked)
        return; /* they are on already, and this core has no lock to give back */
    if (level == 0)
        irq_note_end();
    kernel_leave(level != 0);
}

rt_bool_t rt_hw_interrupt_is_disabled(void)
{
    return kernel_core()->masked;
}

static rt_bool_t is_line(int vector, struct heap_call call)
{
    if (vector >= 0 && vector < IRQ_LINES)
        return RT_TRUE;
    rt_misuse(call, DIAGNOSIS_OBJECT, NULL, (rt_size_t)vector, "interrupt lines are 0 to 63");
    return RT_FALSE;
}

rt_isr_handler_t rt_hw_interrupt_install(int vector, rt_isr_handler_t handler, void *param,
                                         const char *name)
{
    rt_isr_handler_t before;

    if (!is_line(vector, RT_CALL(rt_hw_interrupt_install)))
        return NULL;
    before = kernel.irq.lines[vector].handler;
    irq_install((unsigned)vector, handler, param, name);
    return before;
}

void rt_hw_interrupt_mask(int vector)
{
    if (is_line(vector, RT_CALL(rt_hw_interrupt_mask)))
        irq_enable((unsigned)vector, false);
}

void rt_hw_interrupt_umask(int vector)
{
    const struct heap_call call = RT_CALL(rt_hw_interrupt_umask);

    if (!is_line(vector, call))
        return;
    if (kernel.irq.lines[vector].handler != NULL)
        irq_enable((unsigned)vector, true);
    else
        rt_misuse(call, DIAGNOSIS_OBJECT, NULL, (rt_size_t)vector,
                  "the line has no handler: call rt_hw_interrupt_install first");
}

void rt_hw_interrupt_set_priority(int vector, unsigned int priority)
{
    const struct heap_call call = RT_CALL(rt_hw_interrupt_set_priority);

    if (!is_line(vector, call))
        return;
    if (priority <= IRQ_PRIORITY_LOWEST)
        irq_set_priority((unsigned)vector, priority);
    else
        rt_misuse(call, DIAGNOSIS_OBJECT, NULL, priority, "interrupt priorities are 0 to 255");
}

unsigned int rt_hw_interrupt_get_priority(int vector)
{
    return is_line(vector, RT_CALL(rt_hw_interrupt_get_priority))
               ? kernel.irq.lines[vector].priority
               : IRQ_PRIORITY_LOWEST;
}
