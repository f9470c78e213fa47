/* Names a task that runs for long without a safepoint: nothing else can run meanwhile. */
#ifndef HEAPSIM_WATCHDOG_H
#define HEAPSIM_WATCHDOG_H

/* Starts the watchdog thread. Before the engine pins the process to one CPU. */
void watchdog_start(void);

#endif
