/* OneOS's scheduler lock and interrupt mask: what the rules of its memory calls are about. */
#ifndef __OS_TASK_H__
#define __OS_TASK_H__

#include "os_errno.h"
#include "os_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * No other task takes the core between them; nests. Unlock makes the switch that became due. A
 * misuse in an interrupt, and to unlock what is not locked. Before the scheduler starts they do
 * nothing.
 */
void os_schedule_lock(void);
void os_schedule_unlock(void);
os_bool_t os_is_schedule_locked(void);

/*
 * Interrupts off on this core (on several cores the kernel's lock is taken). Returns the state to
 * give back; unlock takes what became pending. Any context.
 */
os_ubase_t os_irq_lock(void);
void os_irq_unlock(os_ubase_t state);

/* The same without a state. */
void os_irq_disable(void);
void os_irq_enable(void);

/* Whether the caller is an ISR, and whether interrupts are off. Any context. */
os_bool_t os_is_irq_active(void);
os_bool_t os_is_irq_disabled(void);

#ifdef __cplusplus
}
#endif

#endif
