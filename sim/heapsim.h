/*
 * What a scenario can ask of the simulator, beside its RTOS's own calls: to let time pass, and to
 * have devices raise interrupts. All times are virtual.
 */
#ifndef HEAPSIM_H
#define HEAPSIM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Lets the caller compute for that long: virtual time passes on its core, interrupts arrive and
 * more urgent tasks run meanwhile. Task or ISR.
 */
void sim_spend(uint32_t microseconds);

/* Virtual time since the start, on the caller's core. Any context. */
uint64_t sim_time_us(void);

/* Raises an interrupt line (0..63) on the caller's core, or on the one named. Any context. */
void sim_raise(unsigned line);
void sim_raise_on(unsigned core, unsigned line);

/*
 * A device: raises the line on core 0 after `first` microseconds and then every `period` (0: never
 * again), each time late by up to `jitter` as the seed decides; `count` times in all (0: for ever).
 * False if there are too many devices (64) or the line is none. Any context.
 */
bool sim_device(unsigned line, uint32_t first, uint32_t period, uint32_t jitter, uint32_t count);

/*
 * The same with more to say: on which core it raises, and in bursts: each time `burst` raises (0:
 * one), `gap` microseconds apart. A burst of a device with jitter is late as a whole.
 */
struct sim_source {
    unsigned line, core;
    uint32_t first, period, jitter; /* microseconds */
    uint32_t burst, gap;
    uint32_t count; /* bursts; 0: for ever */
};
bool sim_source_start(const struct sim_source *source);

/* Stops all devices of that line. Any context. */
void sim_device_stop(unsigned line);

/*
 * Interrupt lines (0..63), for RTOSes that have no calls of their own for them: a handler, which
 * also enables the line (NULL takes it away); a priority, 0 (most urgent) to 255, 128 at first; on
 * and off, where a line that is off becomes pending but is not taken. False for a line or priority
 * that is none. Any context.
 */
bool sim_irq_install(unsigned line, void (*isr)(int line, void *argument), void *argument,
                     const char *name);
bool sim_irq_set_priority(unsigned line, unsigned priority);
bool sim_irq_enable(unsigned line, bool enabled);

/*
 * As BASEPRI of an ARM Cortex-M: on the caller's core, lines of that priority (1 to 255) and less
 * urgent ones wait, and no other task gets the core; 0: nothing waits. Returns the level before;
 * greater ones count as 255. Taking it back takes what became pending. Any context.
 */
unsigned sim_irq_mask_from(unsigned priority);

/* A number from 0 to limit - 1 as the seed decides; limit 0 gives 0. Any context. */
uint32_t sim_random(uint32_t limit);

/* How many cores the board has (--cores). Any context. */
unsigned sim_core_count(void);

/*
 * Whether --fix is given: a scenario with a planted bug then does what is right, so that both can
 * be run, and compared, as one program. Any context; no safepoint.
 */
bool sim_fixed(void);

/* A safepoint: an interrupt may arrive and the core may pass to another task. Any context. */
void sim_safepoint(void);

/*
 * Arguments of the application's own. It may define the array sim_arguments, which ends with an
 * element without a name; then NAME=VALUE on the command line is checked against it before main
 * runs, --help lists it, and the calls below give the value, or the standard one.
 */
struct sim_argument {
    const char *name;
    const char *values; /* "on|off": one of these words; "1..64": a number */
    const char *standard;
    const char *help;
};
extern const struct sim_argument sim_arguments[];

const char *sim_argument(const char *name);
uint32_t sim_argument_number(const char *name);

/*
 * The board that the application is made for. It may define sim_board; --region, --board and --heap
 * say otherwise. NULL leaves heapsim's standard.
 */
struct sim_board {
    const char *ram;  /* "sram=0x20000000:64K", more after a comma; the first has the system heap */
    const char *heap; /* as --heap takes it: "rt-memheap" */
};
extern const struct sim_board sim_board;

/*
 * What no RTOS tells of its heaps. Counted over all heaps and pools since the last call; the first
 * call only begins to count. Not in the middle of a heap call of another task: a thread, interrupts
 * on or off. O(blocks).
 */
struct sim_heap_figures {
    uint32_t operations, failures;
    uint64_t steps;                              /* headers, list and bitmap entries looked at */
    uint32_t steps_worst;                        /* in one operation */
    uint32_t used, used_max, free, largest_free; /* bytes of the system heap, now */
};
void sim_heap_figures(struct sim_heap_figures *figures);

/*
 * Names the leaks so far that were not named before, blocks that nothing points to any more, as
 * --leaks does at the end of a run; the run then ends with exit code 5. Returns how many blocks. On
 * the virtual engine; on the other it says so and returns 0. Any context. O(live blocks, and what
 * they and static data hold).
 */
unsigned sim_leak_check(void);

/*
 * Prints who holds the live blocks of all heaps and pools, by task and call site, the largest
 * first. On the virtual engine, any context. O(blocks).
 */
void sim_heap_report(void);

#ifdef __cplusplus
}
#endif

#endif
