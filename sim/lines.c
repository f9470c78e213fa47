/* Interrupt lines for applications (heapsim.h). */
#include "../kernel/irq/irq.h"
#include "heapsim.h"

bool sim_irq_install(unsigned line, void (*isr)(int line, void *argument), void *argument,
                     const char *name)
{
    if (line >= IRQ_LINES)
        return false;
    irq_install(line, isr, argument, name);
    return true;
}

bool sim_irq_set_priority(unsigned line, unsigned priority)
{
    if (line >= IRQ_LINES || priority > IRQ_PRIORITY_LOWEST)
        return false;
    irq_set_priority(line, priority);
    return true;
}

bool sim_irq_enable(unsigned line, bool enabled)
{
    if (line >= IRQ_LINES)
        return false;
    irq_enable(line, enabled);
    return true;
}

unsigned sim_irq_mask_from(unsigned priority)
{
    const unsigned before =
        irq_set_mask_level(priority < IRQ_PRIORITY_LOWEST ? priority : IRQ_PRIORITY_LOWEST);

    if (before == 0 && priority != 0)
        irq_note_site(__builtin_return_address(0));
    return before;
}
