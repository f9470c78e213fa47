/*
 * Steering: what a run of the virtual engine does at which place, in place of what time would do.
 *
 * A place is a point (port_point) of a context: "task 'a', its 57th". A context is a task, by name
 * and count, or the ISR of a line. Counted so, a place stays where it is when something else comes
 * in elsewhere. What can be done at a place:
 *
 *   tick    time passes until a tick changes something: a slice ends, a timeout is over
 *   line    a device's next interrupt comes now
 *   core    another core's code runs on, this one's waits
 *
 * Each is what a board could do, whose code is slow and whose devices keep no step with it. In a
 * steered run a point takes a nanosecond, so that nothing else happens between places but what the
 * program itself spends (sim_spend, sleeping).
 */
#ifndef HEAPSIM_STEER_H
#define HEAPSIM_STEER_H

#include <stdbool.h>
#include <stdint.h>

#include "../kernel/port.h"

struct task;

enum action { ACTION_TICK, ACTION_LINE, ACTION_CORE };

enum { STEER_CONTEXTS_MAX = 512, STEER_ACTIONS_MAX = 128, STEER_DEPTH_MAX = 16 };

struct steer_action {
    uint32_t context; /* see steer_context_name() */
    uint32_t at;      /* points of that context before it */
    uint8_t kind;     /* enum action */
    uint8_t value;    /* line or core */
};

struct schedule {
    uint32_t count;
    struct steer_action actions[STEER_ACTIONS_MAX]; /* of one place: in this order */
};

/* How a run comes by its actions. Those that are no fixed ones are chosen as it goes, and noted. */
enum steer_mode {
    STEER_FIXED,  /* those of a schedule */
    STEER_RECORD, /* the same, and every point is told to steer_on_point */
    STEER_RANDOM, /* at random points, one in `spacing` */
    STEER_PCT     /* cores have priorities, which change at `depth` points of the run */
};

struct steer_plan {
    enum steer_mode mode;
    struct schedule fixed;
    uint64_t seed;    /* of RANDOM and PCT */
    uint32_t spacing; /* RANDOM: points from one action to the next, on average */
    uint32_t depth;   /* PCT: changes */
    uint32_t length;  /* PCT: points that a run has */
};

/* A point, where all that may be done there is known. */
struct steer_point {
    uint32_t context, at;
    enum point_kind kind;
    const void *address; /* of the access, or NULL */
    const void *site;    /* return address in the application's code, or NULL */
    bool masked;         /* interrupts wait */
    bool tick;           /* a tick can change something */
    uint64_t lines;      /* that a device will raise */
    uint64_t cores;      /* that could run in place of this one */
};

/* True from steer_start() on: runs are steered. */
extern bool steer_is_on;

/* Before the engine is set up. Costs of points change. */
void steer_start(void);

/* Another one, for a process of its own; its state can be read by its parent. */
struct steering *steer_copy(void);
void steer_use(struct steering *other);

/* The next run begins: nothing was done yet. */
void steer_begin(const struct steer_plan *plan);

/* Where points are told in STEER_RECORD. */
extern void (*steer_on_point)(const struct steer_point *point);

/* If set: asked first, at each point of STEER_RECORD; true with kind and value for an action. */
extern bool (*steer_chooser)(const struct steer_point *point, struct steer_action *action);
bool steer_is_possible(const struct steer_point *possible, const struct steer_action *action);

/* Called when an action was done, before its effect; for reports. */
extern void (*steer_on_action)(const struct steer_action *action);

/* How many actions there are, and which is the n-th: lines, then cores, then a tick. */
unsigned steer_count(uint64_t lines, uint64_t cores, bool tick);
void steer_nth(uint64_t lines, uint64_t cores, unsigned n, struct steer_action *action);

/* What was done in this run. */
const struct schedule *steer_done(void);

/* Points so far, over all contexts: of this process's run, or another's. */
uint64_t steer_points(void);
uint64_t steer_points_of(const struct steering *steering);

/* Contexts: "a", "a#2" for the second task of that name, "isr:5". */
const char *steer_context_name(uint32_t context);
uint32_t steer_context_find(const char *name); /* made if it is not there yet */

/* --- for the engine --- */

/* A task gets a carrier. */
uint32_t steer_task_begins(const char *name);

/* That many points were used up by the context that got them granted; or by the one that runs now.
 */
void steer_used(int64_t points, bool granted);

/* The context that runs now comes by a point that no budget counts. */
void steer_count_point(void);

/* Points until the next place of the context that runs now; it gets these granted. */
int64_t steer_grant(void);

/*
 * At a place, where all this is possible: fills in what is to be done, and notes it. False: nothing
 * (more). After each the engine asks again.
 */
bool steer_next(struct steer_point *possible, struct steer_action *action);

/* The access that the next point comes before: by instrumented code that finds its budget used up.
 * Else it is a kernel call or a heap step. */
extern struct steer_access {
    enum point_kind kind;
    const void *address, *site;
} steer_access;

#endif
