/*
 * Interrupts: 64 device lines and the tick, each with a priority, pending per core.
 *
 *   line raised --> pending[core] --> most urgent one below the limit --> ISR, on the task's stack
 *
 *   limit  the priority of the ISR that runs      a line interrupts less urgent ones only
 *          mask_level, if it is not 0             as BASEPRI of an ARM Cortex-M: lines of that
 *                                                 priority and less urgent ones wait
 *          ceiling, while interrupts are off      0 (nothing passes) but for FreeRTOS with
 *                                                 configMAX_SYSCALL_INTERRUPT_PRIORITY
 *
 * - irq_raise() makes a line pending on a core. The port then brings the core to irq_dispatch(), in
 * ISR context: at a safepoint, or when interrupts are unmasked.
 * - An ISR runs on the interrupted task's stack. A line of a more urgent priority (a lower number)
 * may interrupt it; equal ones follow each other, the lower line first, without going back to the
 * task in between (tail-chaining).
 * - A line stays pending once, however often it is raised before it is taken, as on an NVIC.
 */
#ifndef HEAPSIM_IRQ_H
#define HEAPSIM_IRQ_H

#include "../target.h"

enum { IRQ_CORES_MAX = 64 };

enum {
    IRQ_LINES = 64,       /* for devices */
    IRQ_TICK = IRQ_LINES, /* the system tick */
    IRQ_ALL_LINES,
    IRQ_WORDS = (IRQ_ALL_LINES + 31) / 32,
    IRQ_PRIORITY_STANDARD = 128,
    IRQ_PRIORITY_LOWEST = 255,
    IRQ_PRIORITY_NONE = 256 /* no ISR runs */
};

/* Written under the kernel lock, read without it when a core looks for the line to take. */
struct irq_line {
    void (*_Atomic handler)(int line, void *argument);
    void *_Atomic argument;
    const char *_Atomic name;
    _Atomic uint32_t priority; /* 0..255, lower is more urgent */
    _Atomic bool enabled;
};

struct irq_controller {
    struct irq_line lines[IRQ_ALL_LINES];
    _Atomic uint32_t pending[IRQ_CORES_MAX][IRQ_WORDS]; /* of each core; no lock */
    uint16_t ceiling; /* masking leaves lines more urgent than this on; 0: none */
    bool watched;     /* the port wants to hear how long interrupts are off */
};

void irq_init(void);

/* Installs a handler and enables the line. Any context. */
void irq_install(unsigned line, void (*handler)(int, void *), void *argument, const char *name);

/* A disabled line becomes pending but is not taken. */
void irq_enable(unsigned line, bool enabled);
void irq_set_priority(unsigned line, uint32_t priority);

/* Makes the line pending on that core. Any context, any core. */
void irq_raise(unsigned core, unsigned line);

/*
 * The same without the kernel lock, a safepoint or port_kick(): for the port, from any host thread.
 * False if the line was pending already.
 */
bool irq_pend(unsigned core, unsigned line);

/* True if a line is pending in these words, one of kernel.irq.pending: it may be taken or not. */
static inline bool irq_any_pending(const _Atomic uint32_t words[IRQ_WORDS])
{
    uint32_t any = 0;

#pragma GCC unroll 4
    for (unsigned i = 0; i < IRQ_WORDS; i++)
        any |= words[i];
    return any != 0;
}

/* True if a pending line may be taken on this core now. O(words). */
bool irq_due(void);

/*
 * Takes all lines that are due, most urgent first, each in ISR context. By the port; where it lets
 * interrupts in between any two instructions, too (core.deaf).
 */
void irq_dispatch(void);

/* True in an ISR. */
bool irq_in_isr(void);

/*
 * Lines of that priority and less urgent ones wait on this core from now on; 0: none does. Returns
 * the level before. Whatever it is but 0, the core passes to no other task. Lowering it takes what
 * is pending and makes a switch that is due. Any context.
 */
uint32_t irq_set_mask_level(uint32_t level);

/*
 * Masks interrupts on this core; returns whether they were masked. Restoring to false takes what is
 * pending and makes a switch that is due. Any context.
 */
bool irq_mask(void);
void irq_restore(bool masked);

/* irq_restore(false) that takes nothing. */
void irq_unmask(void);

/* After masking: where the application asked for it, for the report; before it unmasks again. */
void irq_note_site(const void *site);
void irq_note_end(void);

#endif
