/* What the parts of the load program share. */
#ifndef HEAPSIM_TESTS_LOAD_H
#define HEAPSIM_TESTS_LOAD_H

#include <rthw.h>
#include <rtthread.h>
#include <stdatomic.h>

enum { SLICE = 2 };

extern atomic_uint wrong; /* checks that failed */

/* Tasks are numbered from 0 in each kind. */
enum { SELVES = 8 };

void check_load(int holds, const char *condition, const char *file, int line);

#define EXPECT(condition) check_load((condition), #condition, __FILE__, __LINE__)

/* --- traffic.c: what tasks, ISRs and timers send to each other --- */

void traffic_set_up(void);

void use_mailbox(unsigned self);
void use_messages(unsigned self);
void use_events(unsigned self);
void use_timers(unsigned self);

/* The part of an ISR that comes for the `count`th time. */
void traffic_isr(unsigned count);

/* Objects that contradict themselves, or forgot a waiter. From a task, at any moment. */
unsigned traffic_faults(void);

/* Nothing sends any more: all that was sent was received, or still lies there. */
void traffic_check(void);

#endif
