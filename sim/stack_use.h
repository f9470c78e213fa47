/*
 * How much of its declared stack a task uses, by estimate: what its frames take on the host, from
 * its entry to the innermost instrumented function. Who uses more than was declared, and more than
 * the host's larger frames explain, is told so, once: when it is back within its limit, or the run
 * ends. Until then it may go deeper, and who never comes back runs into the guard page, which is no
 * estimate.
 *
 * - Only frames of instrumented code are looked at; what libraries take below them, and what an ISR
 *   takes over a task, does not count.
 * - On the board frames are smaller than a 64-bit build's; stack_use_limit() says by how much it
 *   lets them be larger.
 */
#ifndef HEAPSIM_STACK_USE_H
#define HEAPSIM_STACK_USE_H

#include "carrier_pool.h"

struct task;

/* After ledger_start(): hears of objects on stacks that are larger here than on the board. */
void stack_use_start(void);

/* In the task's own context: before its entry, and after it. */
void stack_use_begin(const struct task *task);
void stack_use_end(void);

/* The run ends: tells what was not told yet. */
void stack_use_finish(void);

/* Tells nothing any more: the run ends for another reason. */
void stack_use_forget(void);

/* Bytes of host stack that a task may use for so many declared ones. */
uint32_t stack_use_limit(uint32_t declared);

/* The rest of stack_use_look(). */
void stack_use_changes(const void *frame, const void *site);

/* `frame`: of what an instrumented function calls; `site`: where it returns to. */
static inline void stack_use_look(const void *frame, const void *site)
{
    const struct carrier *const carrier = carrier_self;

    if (carrier != NULL &&
        __builtin_expect((uintptr_t)frame - carrier->use.lowest >= carrier->use.span, false))
        stack_use_changes(frame, site);
}

#endif
