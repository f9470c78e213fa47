#include "irq.h"

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

void irq_pend(unsigned core, unsigned line)
{
    KERNEL_ASSERT(core < kernel.core_count && line < IRQ_ALL_LINES);
    kernel.irq.pending[core][line / 32] |= 1u << line % 32;
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
    const uint32_t *const pending = kernel.irq.pending[port_core()];
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
    const uint32_t *const pending = kernel.irq.pending[port_core()];
    uint32_t any = 0;

    for (unsigned word = 0; word < IRQ_WORDS; word++)
        any |= pending[word];
    return any != 0 && !kernel_core()->masked && next_line() != IRQ_ALL_LINES;
}

static void run_handler(struct core *c, unsigned line)
{
    struct irq_line *const l = &kernel.irq.lines[line];
    const uint8_t interrupted = c->isr_priority;
    const uint32_t interrupted_line = c->isr_line;

    kernel.irq.pending[port_core()][line / 32] &= ~(1u << line % 32);
    c->isr_priority = (uint8_t)l->priority;
    c->isr_line = line;
    c->interrupts++;
    l->taken++;
    port_kernel_event(EVENT_ISR_ENTER, line, c->interrupts, 0, l->name);
    l->handler((int)line, l->argument);
    port_kernel_event(EVENT_ISR_EXIT, line, c->interrupts, 0, l->name);
    c->interrupts--;
    c->isr_priority = interrupted;
    c->isr_line = interrupted_line;
}

void irq_dispatch(void)
{
    struct core *const c = kernel_core(); /* an ISR never changes the core */

    if (c->interrupts == 0)
        c->isr_frame = __builtin_frame_address(0);
    while (irq_due())
        run_handler(c, next_line());
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
