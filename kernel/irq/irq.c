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
    port_order(ORDER_LINE, true, line);
    kernel_leave(masked);
}

void irq_enable(unsigned line, bool enabled)
{
    KERNEL_ASSERT(line < IRQ_ALL_LINES);
    const bool masked = kernel_enter();

    kernel.irq.lines[line].enabled = enabled;
    port_order(enabled ? ORDER_LINE : ORDER_LINE_OFF, true, line);
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
    KERNEL_ASSERT(core < kernel.core_count && line < IRQ_ALL_LINES);
    _Atomic uint32_t *const word = &kernel.irq.pending[core][line / 32];
    const uint32_t bit = 1u << line % 32;

    port_irq_raised(core, line, (*word & bit) != 0);
    return (atomic_fetch_or(word, bit) & bit) == 0;
}

void irq_raise(unsigned core, unsigned line)
{
    const bool masked = kernel_enter();

    port_order(ORDER_RAISE, true, line);
    irq_pend(core, line);
    if (core != port_core())
        port_kick(core);
    kernel_leave(masked);
    if (masked)
        kernel_settle(); /* below the ceiling a line is taken all the same */
}

/* Only lines of a lower number than this are taken. */
static uint32_t limit_of(const struct core *c)
{
    uint32_t limit = c->interrupts > 0 ? c->isr_priority : IRQ_PRIORITY_NONE;

    if (c->masked && kernel.irq.ceiling < limit)
        limit = kernel.irq.ceiling;
    if (c->mask_level != 0 && c->mask_level < limit)
        limit = c->mask_level;
    return limit;
}

/* The most urgent pending line that may interrupt what the core does now, or IRQ_ALL_LINES. */
static unsigned next_line(void)
{
    const _Atomic uint32_t *const pending = kernel.irq.pending[port_core()];
    uint32_t limit = limit_of(kernel_core());
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
    const struct core *const c = kernel_core();
    const _Atomic uint32_t *const pending = kernel.irq.pending[port_core()];
    uint32_t any = 0;

    for (unsigned word = 0; word < IRQ_WORDS; word++)
        any |= pending[word];
    return any != 0 && (!c->masked || kernel.irq.ceiling != 0) && next_line() != IRQ_ALL_LINES;
}

/* True if an enabled line may interrupt an ISR of that priority. */
static bool can_be_interrupted(uint32_t priority)
{
    for (unsigned i = 0; i < IRQ_ALL_LINES; i++)
        if (kernel.irq.lines[i].enabled && kernel.irq.lines[i].priority < priority)
            return true;
    return false;
}

/* Deaf on entry and on return, but not while the handler runs. */
static void run_handler(struct core *c, unsigned line, bool chained)
{
    struct irq_line *const l = &kernel.irq.lines[line];
    const uint8_t interrupted = c->isr_priority;
    const uint32_t interrupted_line = c->isr_line;
    const uint32_t priority = l->priority;

    kernel.irq.pending[port_core()][line / 32] &= ~(1u << line % 32);
    c->isr_priority = (uint8_t)priority;
    c->isr_line = line;
    c->interrupts++;
    port_irq_enter(line, chained);
    port_kernel_event(EVENT_ISR_ENTER, line, c->interrupts, 0, l->name);
    const bool opened = can_be_interrupted(priority) && port_isr_open();
    c->deaf = false;
    l->handler((int)line, l->argument);
    c->deaf = true;
    if (opened)
        port_isr_close();
    port_kernel_event(EVENT_ISR_EXIT, line, c->interrupts, 0, l->name);
    port_irq_exit(line);
    c->interrupts--;
    c->isr_priority = interrupted;
    c->isr_line = interrupted_line;
}

void irq_dispatch(void)
{
    struct core *const c = kernel_core(); /* an ISR never changes the core */

    if (c->interrupts == 0)
        c->isr_frame = __builtin_frame_address(0);
    for (bool chained = false; irq_due(); chained = true) {
        c->deaf = true;
        const unsigned line = next_line(); /* none, if it was taken in between */
        if (line != IRQ_ALL_LINES)
            run_handler(c, line, chained);
        c->deaf = false;
    }
}

bool irq_in_isr(void)
{
    return kernel_core()->interrupts > 0;
}

/* --- masks --- */

static bool is_off(const struct core *c)
{
    return c->masked || c->mask_level != 0;
}

/* Tells the port when interrupts go off, wholly or in part, and when they are all on again. */
static void note_change(struct core *c, bool was_off)
{
    if (is_off(c) == was_off)
        return;
    if (was_off) {
        port_irq_on(c->off_site);
    } else {
        c->off_site = NULL;
        port_irq_off();
    }
}

uint32_t irq_set_mask_level(uint32_t level)
{
    KERNEL_ASSERT(level <= IRQ_PRIORITY_LOWEST);
    struct core *const c = kernel_core();
    const uint32_t before = c->mask_level;
    const bool was_off = is_off(c);

    if (before != 0)
        port_order(ORDER_LEVEL, false, before);
    c->mask_level = (uint16_t)level;
    if (level != 0)
        port_order(ORDER_LEVEL, true, level);
    if (kernel.irq.watched)
        note_change(c, was_off);
    kernel_settle();
    if (!kernel_core()->masked)
        port_point(POINT_KERNEL);
    return before;
}

bool irq_mask(void)
{
    struct core *const c = kernel_core();
    const bool masked = c->masked;
    const bool was_off = is_off(c);

    c->masked = true;
    if (kernel.irq.watched)
        note_change(c, was_off);
    return masked;
}

void irq_unmask(void)
{
    struct core *const c = kernel_core();
    const bool was_off = is_off(c);

    c->masked = false;
    if (kernel.irq.watched)
        note_change(c, was_off);
}

void irq_restore(bool masked)
{
    if (masked)
        return;
    irq_unmask();
    kernel_settle();
}

void irq_note_end(void)
{
    port_order(ORDER_MASKED, false, 0);
}

void irq_note_site(const void *site)
{
    kernel_core()->off_site = site;
    if (kernel_core()->masked)
        port_order(ORDER_MASKED, true, 0);
}
