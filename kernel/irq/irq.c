#include "irq.h"

#include <stdatomic.h>

#include "../assert.h"
#include "../kernel.h"

void irq_init(void)
{
    memset(&kernel.irq, 0, sizeof kernel.irq);
    for (unsigned i = 0; i < IRQ_ALL_LINES; i++)
        kernel.irq.lines[i].priority = i == IRQ_TICK ? IRQ_PRIORITY_LOWEST : IRQ_PRIORITY_STANDARD;
}

void irq_install(unsigned line, void (*handler)(int, void *), void *argument, const char *name)
{
    KERNEL_ASSERT(line < IRQ_ALL_LINES);
    const bool masked = kernel_enter();
    struct irq_line *const l = &kernel.irq.lines[line];

    l->enabled = false; /* another core may be about to take it */
    l->handler = handler;
    l->argument = argument;
    l->name = name;
    l->enabled = handler != NULL;
    kernel_leave(masked);
}

void irq_enable(unsigned line, bool enabled)
{
    KERNEL_ASSERT(line < IRQ_ALL_LINES);
    const bool masked = kernel_enter();

    kernel.irq.lines[line].enabled = enabled;
    kernel_leave(masked);
}

void irq_set_priority(unsigned line, uint32_t priority)
{
    KERNEL_ASSERT(line < IRQ_ALL_LINES && priority <= IRQ_PRIORITY_LOWEST);
    const bool masked = kernel_enter();

    kernel.irq.lines[line].priority = priority;
    kernel_leave(masked);
}

bool irq_pend(unsigned core, unsigned line)
{
    const uint32_t bit = 1u << line % 32;

    KERNEL_ASSERT(core < kernel.core_count && line < IRQ_ALL_LINES);
    return (atomic_fetch_or(&kernel.irq.pending[core][line / 32], bit) & bit) == 0;
}

void irq_raise(unsigned core, unsigned line)
{
    const bool masked = kernel_enter();

    irq_pend(core, line);
    if (core != port_core())
        port_kick(core);
    kernel_leave(masked);
}

/* The most urgent pending line that may interrupt what the core does now, or IRQ_ALL_LINES. */
static unsigned next_line(void)
{
    const struct core *const c = kernel_core();
    const _Atomic uint32_t *const pending = kernel.irq.pending[port_core()];
    uint32_t limit = c->interrupts > 0 ? c->isr_priority : IRQ_PRIORITY_NONE;
    unsigned best = IRQ_ALL_LINES;

    for (unsigned word = 0; word < IRQ_WORDS; word++) {
        for (uint32_t bits = pending[word]; bits != 0; bits &= bits - 1) {
            const unsigned line = word * 32 + (unsigned)__builtin_ctz(bits);
            const struct irq_line *const l = &kernel.irq.lines[line];

            if (l->enabled && l->priority < limit) {
                limit = l->priority;
                best = line;
            }
        }
    }
    return best;
}

bool irq_due(void)
{
    const _Atomic uint32_t *const pending = kernel.irq.pending[port_core()];
    uint32_t any = 0;

    for (unsigned word = 0; word < IRQ_WORDS; word++)
        any |= pending[word];
    return any != 0 && !kernel_core()->masked && next_line() != IRQ_ALL_LINES;
}

/* True if an enabled line may interrupt an ISR of that priority. */
static bool can_be_interrupted(uint32_t priority)
{
    for (unsigned i = 0; i < IRQ_ALL_LINES; i++)
        if (kernel.irq.lines[i].enabled && kernel.irq.lines[i].priority < priority)
            return true;
    return false;
}

/*
 * Masked on entry and on return, since a doorbell may ring between any two instructions; not while
 * the handler runs. False if the handler returned with interrupts off: so they stay.
 */
static bool run_handler(struct core *c, unsigned line)
{
    struct irq_line *const l = &kernel.irq.lines[line];
    const uint8_t interrupted = c->isr_priority;
    const uint32_t interrupted_line = c->isr_line;
    const uint32_t priority = l->priority;

    kernel.irq.pending[port_core()][line / 32] &= ~(1u << line % 32);
    c->isr_priority = (uint8_t)priority;
    c->isr_line = line;
    c->interrupts++;
    l->taken++;
    port_kernel_event(EVENT_ISR_ENTER, line, c->interrupts, 0, l->name);
    const bool opened = can_be_interrupted(priority) && port_isr_open();
    c->masked = false;
    l->handler((int)line, l->argument);
    const bool restored = !c->masked;
    c->masked = true;
    if (opened)
        port_isr_close();
    port_kernel_event(EVENT_ISR_EXIT, line, c->interrupts, 0, l->name);
    c->interrupts--;
    c->isr_priority = interrupted;
    c->isr_line = interrupted_line;
    return restored;
}

void irq_dispatch(void)
{
    struct core *const c = kernel_core(); /* an ISR never changes the core */

    while (irq_due()) {
        c->masked = true;
        const unsigned line = next_line(); /* none, if a doorbell came in between */
        c->masked = line != IRQ_ALL_LINES && !run_handler(c, line);
    }
}

bool irq_in_isr(void)
{
    return kernel_core()->interrupts > 0;
}

bool irq_mask(void)
{
    struct core *const c = kernel_core();
    const bool masked = c->masked;

    c->masked = true;
    return masked;
}

void irq_restore(bool masked)
{
    kernel_core()->masked = masked;
    if (!masked)
        kernel_settle();
}
