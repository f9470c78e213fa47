#include "steer.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../kernel/assert.h"
#include "../kernel/kernel.h"
#include "carrier_pool.h"
#include "engine.h"
#include "finish.h"
#include "random.h"

#define NO_LIMIT INT64_MAX

enum {
    NAME_MAX_BYTES = TASK_NAME_MAX + 8,
    BOOT_CONTEXT = 0,
    PCT_LEAST = 1000, /* points in which priorities of cores count, and so many lengths of a run */
    PCT_LENGTHS = 2
};

/* Lies outside of what an exploration puts back. */
struct steering {
    unsigned contexts;
    char names[STEER_CONTEXTS_MAX][NAME_MAX_BYTES];
    uint32_t isrs[IRQ_ALL_LINES]; /* contexts of lines; 0: none yet */

    struct steer_plan plan;
    uint32_t used[STEER_CONTEXTS_MAX];
    uint32_t next[STEER_CONTEXTS_MAX]; /* the context's next fixed action, or plan.fixed.count */
    uint32_t after[STEER_ACTIONS_MAX]; /* the next of the same context */
    uint32_t granted_to;
    uint64_t points;
    uint64_t random_at; /* RANDOM: the point of the next action */
    struct random random;
    uint64_t priorities[CORES_MAX]; /* PCT: of cores; the greatest runs */
    uint64_t changes[STEER_DEPTH_MAX];
    uint32_t changed;
    struct schedule done;
};

bool steer_is_on;
void (*steer_on_point)(const struct steer_point *point);
bool (*steer_chooser)(const struct steer_point *point, struct steer_action *action);
void (*steer_on_action)(const struct steer_action *action);
struct steer_access steer_access = {.kind = POINT_KERNEL};

static struct steering *steer;

/* How many tasks had that name so far; a part of what is put back between runs. */
static uint8_t namesakes[STEER_CONTEXTS_MAX];

/* --- contexts --- */

const char *steer_context_name(uint32_t context)
{
    return steer->names[context];
}

uint32_t steer_context_find(const char *name)
{
    unsigned i = 0;

    /* As far as names are kept: longer ones are one. */
    while (i < steer->contexts && strncmp(steer->names[i], name, NAME_MAX_BYTES - 1) != 0)
        i++;
    if (i == steer->contexts) {
        if (i == STEER_CONTEXTS_MAX)
            return STEER_CONTEXTS_MAX - 1; /* the rest share one */
        snprintf(steer->names[i], NAME_MAX_BYTES, "%s", name);
        steer->contexts++;
    }
    return i;
}

uint32_t steer_task_begins(const char *name)
{
    char numbered[NAME_MAX_BYTES];
    const uint32_t first = steer_context_find(name);
    const unsigned number = ++namesakes[first];

    if (number == 1)
        return first;
    snprintf(numbered, sizeof numbered, "%s#%u", name, number);
    return steer_context_find(numbered);
}

static uint32_t isr_context(unsigned line)
{
    char name[16];

    if (steer->isrs[line] == 0) {
        snprintf(name, sizeof name, line == IRQ_TICK ? "isr:tick" : "isr:%u", line);
        steer->isrs[line] = steer_context_find(name);
    }
    return steer->isrs[line];
}

static uint32_t this_context(void)
{
    const struct core *const core = kernel_core();

    if (core->interrupts > 0)
        return isr_context(core->isr_line);
    return carrier_self != NULL ? carrier_self->context : BOOT_CONTEXT;
}

/* --- life --- */

/* Shared with children: what one has done is told though it is dead. */
static struct steering *map_steering(void)
{
    struct steering *const new =
        mmap(NULL, sizeof *steer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (new == MAP_FAILED)
        finish_out_of_memory("there is no memory for an exploration");
    return new;
}

struct steering *steer_copy(void)
{
    struct steering *const copy = map_steering();

    *copy = *steer;
    return copy;
}

void steer_use(struct steering *other)
{
    steer = other;
}

void steer_start(void)
{
    if (steer == NULL)
        steer = map_steering();
    else
        memset(steer, 0, sizeof *steer); /* as new */
    steer_is_on = true;
    for (unsigned kind = 0; kind < POINT_KINDS; kind++)
        port_point_costs[kind] = 1;
    steer_context_find("boot");
}

/* Each context's fixed actions in a chain, in their order. */
static void chain_actions(void)
{
    const struct schedule *const fixed = &steer->plan.fixed;

    for (unsigned i = 0; i < steer->contexts; i++)
        steer->next[i] = fixed->count;
    for (uint32_t i = fixed->count; i-- > 0;) {
        uint32_t *link = &steer->next[fixed->actions[i].context];

        while (*link < fixed->count && fixed->actions[*link].at < fixed->actions[i].at)
            link = &steer->after[*link];
        steer->after[i] = *link;
        *link = i;
    }
}

/* From 1 to twice the spacing. */
static uint64_t some_distance(void)
{
    return 1 + random_below(&steer->random, 2 * steer->plan.spacing);
}

static void begin_pct(void)
{
    for (unsigned i = 0; i < kernel.core_count; i++)
        steer->priorities[i] = STEER_DEPTH_MAX + random_next(&steer->random) / 2;
    for (unsigned i = 0; i < steer->plan.depth; i++)
        steer->changes[i] = random_below(&steer->random, steer->plan.length + 1);
}

void steer_begin(const struct steer_plan *plan)
{
    steer->plan = *plan;
    memset(steer->used, 0, sizeof steer->used[0] * steer->contexts);
    chain_actions();
    steer->granted_to = BOOT_CONTEXT;
    steer->points = 0;
    steer->changed = 0;
    steer->done.count = 0;
    steer->random.state = plan->seed;
    if (plan->mode == STEER_RANDOM)
        steer->random_at = some_distance();
    else if (plan->mode == STEER_PCT)
        begin_pct();
}

const struct schedule *steer_done(void)
{
    return &steer->done;
}

uint64_t steer_points(void)
{
    return steer->points;
}

uint64_t steer_points_of(const struct steering *steering)
{
    return *(const volatile uint64_t *)&steering->points;
}

/* --- points --- */

void steer_used(int64_t points, bool granted)
{
    steer->used[granted ? steer->granted_to : this_context()] += (uint32_t)points;
    steer->points += (uint64_t)points;
}

void steer_count_point(void)
{
    steer->used[this_context()]++;
    steer->points++;
}

static const struct steer_action *next_fixed(uint32_t context)
{
    const uint32_t next = steer->next[context];

    return next < steer->plan.fixed.count ? &steer->plan.fixed.actions[next] : NULL;
}

/*
 * True while a run may choose what no schedule says: as long as it can be written down; and a core
 * of a low priority does not wait for ever, since others may wait for it in a loop.
 */
static bool chooses(void)
{
    return steer->done.count < STEER_ACTIONS_MAX &&
           (steer->plan.mode != STEER_PCT ||
            steer->points < PCT_LEAST + PCT_LENGTHS * (uint64_t)steer->plan.length);
}

int64_t steer_grant(void)
{
    const uint32_t context = steer->granted_to = this_context();
    const struct steer_action *const next = next_fixed(context);
    int64_t left = NO_LIMIT;

    if (next != NULL)
        left = (int64_t)next->at - steer->used[context];
    if (steer->plan.mode == STEER_RECORD || (steer->plan.mode == STEER_PCT && chooses()))
        left = 1;
    else if (steer->plan.mode == STEER_RANDOM && chooses() &&
             (int64_t)(steer->random_at - steer->points) < left)
        left = (int64_t)(steer->random_at - steer->points);
    return left > 0 ? left : 1;
}

bool steer_is_possible(const struct steer_point *possible, const struct steer_action *action)
{
    switch ((enum action)action->kind) {
    case ACTION_TICK:
        return possible->tick;
    case ACTION_LINE:
        return (possible->lines >> action->value & 1) != 0;
    case ACTION_CORE:
        return (possible->cores >> action->value & 1) != 0;
    }
    return false;
}

static uint8_t nth_bit(uint64_t bits, unsigned n)
{
    while (n-- > 0)
        bits &= bits - 1;
    return (uint8_t)__builtin_ctzll(bits);
}

unsigned steer_count(uint64_t lines, uint64_t cores, bool tick)
{
    return (unsigned)(__builtin_popcountll(lines) + __builtin_popcountll(cores)) + tick;
}

void steer_nth(uint64_t lines, uint64_t cores, unsigned n, struct steer_action *action)
{
    const unsigned line_count = (unsigned)__builtin_popcountll(lines);

    action->value = 0;
    if (n < line_count) {
        action->kind = ACTION_LINE;
        action->value = nth_bit(lines, n);
    } else if (n < steer_count(lines, cores, false)) {
        action->kind = ACTION_CORE;
        action->value = nth_bit(cores, n - line_count);
    } else {
        action->kind = ACTION_TICK;
    }
}

static bool choose_any(const struct steer_point *possible, struct steer_action *action)
{
    const unsigned all = steer_count(possible->lines, possible->cores, possible->tick);

    if (all == 0)
        return false;
    steer_nth(possible->lines, possible->cores, (unsigned)random_below(&steer->random, all),
              action);
    return true;
}

static bool next_random(const struct steer_point *possible, struct steer_action *action)
{
    if (steer->points < steer->random_at)
        return false;
    steer->random_at = steer->points + some_distance();
    return choose_any(possible, action);
}

/* Of the cores that could run, the one of the greatest priority does. */
static bool next_pct(const struct steer_point *possible, struct steer_action *action)
{
    unsigned best = port_core();

    while (steer->changed < steer->plan.depth) {
        unsigned due = 0;

        while (due < steer->plan.depth && steer->changes[due] > steer->points)
            due++;
        if (due == steer->plan.depth)
            break;
        steer->changes[due] = UINT64_MAX;
        steer->priorities[best] = STEER_DEPTH_MAX - ++steer->changed;
    }
    for (unsigned i = 0; i < kernel.core_count; i++)
        if ((possible->cores >> i & 1) != 0 && steer->priorities[i] > steer->priorities[best])
            best = i;
    if (best == port_core())
        return false;
    action->kind = ACTION_CORE;
    action->value = (uint8_t)best;
    return true;
}

static bool choose(struct steer_point *possible, struct steer_action *action)
{
    const struct steer_action *fixed;

    if (steer_chooser != NULL && steer->plan.mode == STEER_RECORD &&
        steer_chooser(possible, action))
        return true;
    while ((fixed = next_fixed(action->context)) != NULL && fixed->at <= action->at) {
        steer->next[action->context] = steer->after[steer->next[action->context]];
        if (fixed->at == action->at && steer_is_possible(possible, fixed)) {
            action->kind = fixed->kind;
            action->value = fixed->value;
            return true;
        }
    }
    if (!chooses())
        return false;
    if (steer->plan.mode == STEER_RANDOM)
        return next_random(possible, action);
    return steer->plan.mode == STEER_PCT && next_pct(possible, action);
}

bool steer_next(struct steer_point *possible, struct steer_action *action)
{
    possible->context = action->context = this_context();
    possible->at = action->at = steer->used[possible->context];
    possible->kind = steer_access.kind;
    possible->address = steer_access.address;
    possible->site = steer_access.site;
    if (!choose(possible, action)) {
        if (steer->plan.mode == STEER_RECORD && steer_on_point != NULL)
            steer_on_point(possible);
        steer_access = (struct steer_access){.kind = POINT_KERNEL};
        return false;
    }
    /* there is room: a fixed schedule has no more, and chooses() looks */
    steer->done.actions[steer->done.count++] = *action;
    if (steer_on_action != NULL)
        steer_on_action(action);
    return true;
}
