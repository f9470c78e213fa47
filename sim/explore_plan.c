#include "explore_plan.h"

#include <string.h>
#include <sys/mman.h>

#include "../kernel/kernel.h"
#include "random.h"

enum { RECORD_MAX = 1 << 20, WORDS_BITS = 18, SHARED = UINT32_MAX };

const char *const strategy_names[STRATEGIES] = {[STRATEGY_SWEEP] = "sweep",
                                                [STRATEGY_PAIRS] = "pairs",
                                                [STRATEGY_RANDOM] = "random",
                                                [STRATEGY_PCT] = "pct",
                                                [STRATEGY_PORTFOLIO] = "portfolio"};

struct record {
    uint32_t context, at;
    uint8_t kind; /* enum point_kind */
    bool masked, tick;
    uint32_t word; /* of the access */
    uint64_t lines, cores;
};

/* An 8-byte word that was touched. */
struct word {
    uint32_t key; /* its address / 8; 0: unused */
    uint32_t who; /* context + 1, or SHARED */
    bool written;
};

/* A place with what may be done there. */
struct place {
    uint32_t context, at;
    uint64_t lines, cores;
    uint64_t before; /* singles of the places before it */
    bool tick;
};

/* Lies outside of what is put back between runs; the dry run is a child that fills it. */
static struct plans {
    struct plan_facts facts;
    uint32_t recorded;
    struct word words[1 << WORDS_BITS];
    struct record records[RECORD_MAX];
    struct place places[RECORD_MAX];
} * plans;

/* --- the dry run --- */

static struct word *word_of(uint32_t key)
{
    uint32_t at = key * 0x9e3779b1u >> (32 - WORDS_BITS);

    for (unsigned tries = 0; plans->words[at].key != 0 && plans->words[at].key != key; tries++) {
        if (tries == 1 << WORDS_BITS)
            return NULL;
        at = (at + 1) & ((1 << WORDS_BITS) - 1);
    }
    return &plans->words[at];
}

static void note_access(uint32_t key, uint32_t context, bool written)
{
    struct word *const word = word_of(key);

    if (word == NULL)
        return;
    if (word->key == 0)
        *word = (struct word){.key = key, .who = context + 1};
    else if (word->who != context + 1)
        word->who = SHARED;
    word->written |= written;
}

static void on_point(const struct steer_point *point)
{
    const struct record *const last = &plans->records[plans->recorded - (plans->recorded > 0)];
    const uint32_t key = (uint32_t)((uintptr_t)point->address / 8);

    if (plans->recorded == RECORD_MAX ||
        (plans->recorded > 0 && last->context == point->context && last->at == point->at))
        return;
    plans->records[plans->recorded++] = (struct record){.context = point->context,
                                                        .at = point->at,
                                                        .kind = (uint8_t)point->kind,
                                                        .masked = point->masked,
                                                        .tick = point->tick,
                                                        .word = key,
                                                        .lines = point->lines,
                                                        .cores = point->cores};
    if (key != 0)
        note_access(key, point->context, point->kind == POINT_WRITE);
}

void plans_record(void)
{
    plans = mmap(NULL, sizeof *plans, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (plans == MAP_FAILED)
        plans = NULL;
    else
        steer_on_point = on_point;
}

/* Whether something that comes in there could matter: a call, or an access that others see. */
static bool matters(const struct record *record)
{
    if (record->kind == POINT_EDGE)
        return false;
    if (record->word == 0)
        return !record->masked;
    const struct word *const word = word_of(record->word);
    return word == NULL || (word->who == SHARED && word->written);
}

static void add_place(const struct record *record)
{
    struct place *const place = &plans->places[plans->facts.places];

    *place = (struct place){.context = record->context,
                            .at = record->at,
                            .tick = record->tick,
                            .lines = record->masked ? 0 : record->lines,
                            .cores = record->cores,
                            .before = plans->facts.singles};
    const unsigned actions = steer_count(place->lines, place->cores, place->tick);
    if (actions == 0)
        return;
    plans->facts.singles += actions;
    plans->facts.places++;
}

bool plans_analyse(void)
{
    if (plans == NULL)
        return false;
    steer_on_point = NULL;
    plans->facts.points = steer_points();
    for (uint32_t i = 0; i < plans->recorded; i++)
        if (matters(&plans->records[i]))
            add_place(&plans->records[i]);
    for (uint32_t i = 0; i < 1 << WORDS_BITS; i++)
        plans->facts.shared += plans->words[i].who == SHARED && plans->words[i].written;
    return true;
}

struct plan_facts plans_facts(void)
{
    return plans->facts;
}

/* --- plans --- */

static void add_single(struct schedule *schedule, uint64_t number)
{
    struct steer_action *const action = &schedule->actions[schedule->count++];
    uint32_t low = 0;
    uint32_t high = plans->facts.places;

    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if (plans->places[middle].before <= number)
            low = middle;
        else
            high = middle;
    }
    const struct place *const place = &plans->places[low];
    action->context = place->context;
    action->at = place->at;
    steer_nth(place->lines, place->cores, (unsigned)(number - place->before), action);
}

/* Pair number n of the numbers below `count`, the first the smaller one. */
static void add_pair(struct schedule *schedule, uint64_t n, uint64_t count)
{
    uint64_t first = 0;

    while (n >= count - 1 - first) {
        n -= count - 1 - first;
        first++;
    }
    add_single(schedule, first);
    add_single(schedule, first + 1 + n);
}

/*
 * Some actions, anywhere. A place of the dry run is a little early or late once another action has
 * changed what follows: now and then a few points are added.
 */
static void add_several(struct steer_plan *plan, struct random *random, unsigned count)
{
    for (unsigned i = 0; i < count && plans->facts.singles > 0; i++) {
        add_single(&plan->fixed, random_below(random, plans->facts.singles));
        if (random_below(random, 4) == 0)
            plan->fixed.actions[plan->fixed.count - 1].at +=
                (uint32_t)random_below(random, 1 + plans->facts.points / 4);
    }
}

static void sparse(struct steer_plan *plan, struct random *random)
{
    static const uint32_t spacings[] = {10, 20, 20, 50};

    plan->mode = STEER_RANDOM;
    plan->spacing = spacings[random_below(random, 4)];
}

static void change_priorities(struct steer_plan *plan, struct random *random)
{
    plan->mode = STEER_PCT;
    plan->depth = 1 + (uint32_t)random_below(random, 4);
    plan->length = (uint32_t)plans->facts.points;
}

static void sample(enum strategy strategy, struct steer_plan *plan, struct random *random)
{
    const uint64_t kind = random_below(random, 8);

    if (strategy == STRATEGY_RANDOM)
        sparse(plan, random);
    else if (kernel.core_count > 1 && (strategy == STRATEGY_PCT || kind < 3))
        change_priorities(plan, random);
    else if (strategy == STRATEGY_PCT || kind < 6)
        add_several(plan, random, 2 + (unsigned)random_below(random, 3));
    else
        sparse(plan, random);
}

uint64_t plans_singles(enum strategy strategy, uint64_t runs)
{
    const uint64_t all = plans->facts.singles;

    if (strategy == STRATEGY_RANDOM || strategy == STRATEGY_PCT)
        return 0;
    if (strategy == STRATEGY_PORTFOLIO && all > runs / 2)
        return runs / 2;
    return all < runs ? all : runs;
}

uint64_t plans_pairs(enum strategy strategy, uint64_t runs)
{
    const uint64_t n = plans->facts.singles;
    const uint64_t pairs = n > UINT32_MAX ? UINT64_MAX : n * (n - (n > 0)) / 2;
    const uint64_t left = runs - plans_singles(strategy, runs);

    if (strategy == STRATEGY_PAIRS)
        return pairs < left ? pairs : left;
    return strategy == STRATEGY_PORTFOLIO && pairs <= left / 2 ? pairs : 0;
}

bool plans_get(enum strategy strategy, uint64_t seed, uint64_t runs, uint64_t k,
               struct steer_plan *plan)
{
    const uint64_t singles = plans_singles(strategy, runs);
    const uint64_t pairs = plans_pairs(strategy, runs);
    struct random random = {seed ^ (k + 1) * RANDOM_STEP};

    plan->mode = STEER_FIXED;
    plan->fixed.count = 0;
    plan->seed = random_next(&random);
    if (k < singles) /* all of them, or as many all over the run */
        add_single(&plan->fixed,
                   (uint64_t)((double)k * (double)plans->facts.singles / (double)singles));
    else if (k < singles + pairs)
        add_pair(&plan->fixed, k - singles, plans->facts.singles);
    else if (strategy == STRATEGY_SWEEP || strategy == STRATEGY_PAIRS)
        return false;
    else
        sample(strategy, plan, &random);
    return true;
}
