/* Host threads that hear no signal, but for their own faults. */
#ifndef HEAPSIM_QUIET_THREAD_H
#define HEAPSIM_QUIET_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/*
 * pthread_create() with all signals blocked, in the new thread until it unblocks them, and in the
 * caller until this returns: libc and the sanitizers' runtimes hold locks of their own meanwhile,
 * and an ISR that came in then could wait for a core that waits for them. Returns as it does.
 */
int quiet_thread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                        void *argument);

/* But for SIGALRM: it ends what may wait for a lock of libc's for ever (fault.c). */
extern volatile bool quiet_thread_hears_alarms;

#endif
