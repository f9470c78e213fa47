/* RT-Thread's hardware calls: interrupt masking and interrupt lines. */
#ifndef RT_HW_H__
#define RT_HW_H__

#include "rtdef.h"

typedef void (*rt_isr_handler_t)(int vector, void *param);

/*
 * Interrupts off on this core, and on several cores the kernel's lock taken, as RT-Thread's SMP
 * port does. Returns the level to give back; enable takes what became pending. Any context.
 */
rt_base_t rt_hw_interrupt_disable(void);
void rt_hw_interrupt_enable(rt_base_t level);
rt_bool_t rt_hw_interrupt_is_disabled(void);

/*
 * Installs an ISR for a line, 0..63, and enables the line; returns the handler that was there. Any
 * context. The line is raised by sim_raise() and sim_device() (heapsim.h).
 */
rt_isr_handler_t rt_hw_interrupt_install(int vector, rt_isr_handler_t handler, void *param,
                                         const char *name);
void rt_hw_interrupt_mask(int vector);
void rt_hw_interrupt_umask(int vector);

/* 0 (most urgent) to 255; 128 at first. A line interrupts ISRs of a less urgent one only. */
void rt_hw_interrupt_set_priority(int vector, unsigned int priority);
unsigned int rt_hw_interrupt_get_priority(int vector);

#endif
