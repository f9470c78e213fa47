/*
 * Mutexes. Most cases are a table: up to four threads follow scripts from the same tick on, while
 * the main thread, more urgent than all, looks at priorities and intervenes at given ticks.
 *
 *   A B   take that mutex ('E' is marked if it was deleted, 'I' if the wait was interrupted)
 *   a b   release it
 *   t u   take A, or B, for 5 ticks at most; 'T' is marked if that was not enough
 *   y     try to take A: marks 'y' or 'n'
 *   x     release A without owning it: must fail
 *   w     compute for a tick's time
 *   1-9   sleep that many ticks
 *   !c    mark the letter c
 */
#include "check.h"

static struct rt_mutex a, b;

/* --- scripts --- */

static void take(struct rt_mutex *mutex, rt_int32_t limit)
{
    switch (rt_mutex_take(mutex, limit)) {
    case RT_EOK:
        CHECK(rt_mutex_get_owner(mutex) == rt_thread_self());
        return;
    case -RT_ETIMEOUT:
        mark('T');
        return;
    case -RT_EINTR:
        mark('I');
        return;
    default:
        mark('E');
    }
}

static void release(struct rt_mutex *mutex, rt_err_t expected)
{
    CHECK_EQUAL(rt_mutex_release(mutex), expected);
}

static void follow(void *script)
{
    for (const char *op = script; *op != '\0'; op++) {
        if (*op >= '1' && *op <= '9')
            rt_thread_delay((rt_tick_t)(*op - '0'));
        else if (*op == 'A' || *op == 'B')
            take(*op == 'A' ? &a : &b, RT_WAITING_FOREVER);
        else if (*op == 't' || *op == 'u')
            take(*op == 't' ? &a : &b, 5);
        else if (*op == 'a' || *op == 'b')
            release(*op == 'a' ? &a : &b, RT_EOK);
        else if (*op == 'x')
            release(&a, -RT_ERROR);
        else if (*op == 'y')
            mark(rt_mutex_trytake(&a) == RT_EOK ? 'y' : 'n');
        else if (*op == 'w')
            sim_spend(1000);
        else if (*op == '!')
            mark(*++op);
        else
            CHECK(!"a known letter");
    }
}

/* --- cases --- */

enum step_kind {
    END,
    PRIORITY, /* the thread's present priority is `value` */
    CHANGE,   /* its own priority becomes `value` */
    DELETE,
    SUSPEND,
    RESUME,
    DETACH, /* mutex A */
    HOLDS   /* A is held `value` times, by the thread */
};

struct script_case {
    const char *what;
    const char *order;
    struct {
        unsigned priority;
        const char *script;
    } threads[4];
    struct {
        rt_tick_t tick;
        enum step_kind kind;
        unsigned thread, value;
    } steps[8];
};

static const struct script_case script_cases[] = {
    {"the owner inherits, and no medium thread comes between",
     "hml",
     {{20, "Awwwwa!l"}, {12, "1A!ha"}, {15, "2wwwwww!m"}},
     {{1, PRIORITY, 0, 20}, {3, PRIORITY, 0, 12}, {6, PRIORITY, 0, 20}}},
    {"a less urgent waiter changes nothing",
     "lh",
     {{12, "A3wwwwa!l"}, {20, "1A!ha"}},
     {{2, PRIORITY, 0, 12}, {2, PRIORITY, 1, 20}, {5, HOLDS, 0, 1}}},
    {"through two mutexes",
     "hmpl",
     {{20, "Awwwwwa!l"}, {18, "1BAab!p"}, {12, "2B!hb"}, {15, "3wwwwww!m"}},
     {{2, PRIORITY, 0, 18},
      {4, PRIORITY, 0, 12},
      {4, PRIORITY, 1, 12},
      {7, PRIORITY, 0, 20},
      {7, PRIORITY, 1, 18}}},
    {"two held: the more urgent one is released first",
     "21l",
     {{20, "ABwwwwwwbwwa!l"}, {14, "1A!1a"}, {12, "2B!2b"}},
     {{2, PRIORITY, 0, 14}, {3, PRIORITY, 0, 12}, {7, PRIORITY, 0, 14}, {9, PRIORITY, 0, 20}}},
    {"two held: the less urgent one is released first",
     "21l",
     {{20, "ABwwwwwwawwb!l"}, {14, "1A!1a"}, {12, "2B!2b"}},
     {{3, PRIORITY, 0, 12}, {7, PRIORITY, 0, 12}, {7, HOLDS, 1, 1}, {9, PRIORITY, 0, 20}}},
    {"a waiter gives up",
     "Thl",
     {{20, "Awwwwwwwwwa!l"}, {12, "1t!h"}},
     {{3, PRIORITY, 0, 12}, {7, PRIORITY, 0, 20}}},
    {"the waiter at the end of a chain gives up",
     "Thpl",
     {{20, "Awwwwwwwwwa!l"}, {18, "1BAab!p"}, {12, "2u!h"}},
     {{4, PRIORITY, 0, 12},
      {4, PRIORITY, 1, 12},
      {8, PRIORITY, 0, 18},
      {8, PRIORITY, 1, 18},
      {13, PRIORITY, 0, 20}}},
    {"one of two waiters gives up",
     "Thkl",
     {{20, "Awwwwwwwwwa!l"}, {12, "1t!h"}, {14, "2A!ka"}},
     {{4, PRIORITY, 0, 12}, {8, PRIORITY, 0, 14}}},
    {"a waiter is deleted",
     "l",
     {{20, "Awwwwwwa!l"}, {12, "1A!ha"}},
     {{3, PRIORITY, 0, 12}, {3, DELETE, 1, 0}, {3, PRIORITY, 0, 20}}},
    {"the middle of a chain is deleted",
     "hl",
     {{20, "Awwwwwwa!l"}, {18, "1BAab!p"}, {12, "2B!hb"}},
     {{4, PRIORITY, 0, 12}, {4, DELETE, 1, 0}, {4, PRIORITY, 0, 20}}},
    {"a waiter is resumed",
     "Ihl",
     {{20, "Awwwwwwa!l"}, {12, "1A!h"}},
     {{3, PRIORITY, 0, 12}, {3, RESUME, 1, 0}, {3, PRIORITY, 0, 20}}},
    {"a waiter's own priority changes",
     "hl",
     {{20, "Awwwwwwa!l"}, {12, "1A!ha"}},
     {{3, CHANGE, 1, 17},
      {3, PRIORITY, 0, 17},
      {4, CHANGE, 1, 11},
      {4, PRIORITY, 0, 11},
      {5, CHANGE, 1, 25},
      {5, PRIORITY, 0, 20},
      {5, CHANGE, 1, 12}}},
    {"the owner's own priority changes",
     "hl",
     {{20, "Awwwwwwwa!l"}, {12, "1A!ha"}},
     {{3, CHANGE, 0, 25},
      {3, PRIORITY, 0, 12},
      {4, CHANGE, 0, 11},
      {4, PRIORITY, 0, 11},
      {5, CHANGE, 0, 16},
      {5, PRIORITY, 0, 12},
      {9, PRIORITY, 0, 16}}},
    {"a released mutex belongs to the first waiter before that runs",
     "nlh",
     {{12, "A3ay!l"}, {20, "1A!ha"}},
     {{2, HOLDS, 0, 1}}},
    {"waiters are served by priority",
     "rstl",
     {{20, "A9a!l"}, {16, "1A!ta"}, {14, "2A!ra"}, {15, "3A!sa"}},
     {{4, PRIORITY, 0, 14}}},
    {"equal waiters are served in order of arrival",
     "rstl",
     {{20, "A9a!l"}, {14, "1A!ra"}, {14, "2A!sa"}, {14, "3A!ta"}},
     {{4, PRIORITY, 0, 14}}},
    {"inheritance moves a waiter up in its queue",
     "hqpl",
     {{20, "Awwwwwwa!l"}, {18, "1BAab!p"}, {16, "2A!qa"}, {12, "3B!hb"}},
     {{3, PRIORITY, 0, 16}, {5, PRIORITY, 1, 12}}},
    {"it is released as often as it was taken",
     "hl",
     {{20, "AAAaawwwa!l"}, {12, "1A!ha"}},
     {{2, HOLDS, 0, 1}, {2, PRIORITY, 0, 12}}},
    {"only the owner releases it",
     "xl",
     {{20, "Awwwwa!l"}, {12, "1x!x"}},
     {{3, HOLDS, 0, 1}, {3, PRIORITY, 0, 20}}},
    {"its owner's function returns",
     "wv",
     {{20, "AAwww"}, {14, "1A!wa"}, {25, "1A!va"}},
     {{0, END, 0, 0}}},
    {"its owner is deleted: ready, with inherited priority",
     "h",
     {{20, "Awwwwww"}, {12, "1A!ha"}},
     {{3, PRIORITY, 0, 12}, {3, DELETE, 0, 0}}},
    {"its owner is deleted: ready, with two mutexes",
     "kh",
     {{20, "ABwwwwww"}, {14, "1A!ha"}, {12, "1B!kb"}},
     {{3, PRIORITY, 0, 12}, {3, DELETE, 0, 0}}},
    {"its owner is deleted: asleep",
     "h",
     {{20, "A9"}, {12, "1A!ha"}},
     {{3, PRIORITY, 0, 12}, {3, DELETE, 0, 0}}},
    {"its owner is deleted: waiting for another mutex",
     "hl",
     {{20, "Bwwwwwwb!l"}, {18, "1AB"}, {12, "2A!ha"}},
     {{4, PRIORITY, 0, 12}, {4, DELETE, 1, 0}, {4, PRIORITY, 0, 20}}},
    {"its owner is deleted: suspended",
     "h",
     {{20, "Awwwwww"}, {12, "1A!ha"}},
     {{2, SUSPEND, 0, 0}, {4, PRIORITY, 0, 12}, {4, DELETE, 0, 0}}},
    {"it is detached",
     "EkEhl",
     {{20, "A9!l"}, {12, "2A!h"}, {11, "1A!k"}},
     {{4, PRIORITY, 0, 11}, {4, DETACH, 0, 0}, {4, PRIORITY, 0, 20}}},
};

static void take_step(const struct script_case *test, unsigned i, rt_thread_t const *threads)
{
    const rt_thread_t thread = threads[test->steps[i].thread];
    const unsigned value = test->steps[i].value;
    rt_uint8_t priority = (rt_uint8_t)value;

    switch (test->steps[i].kind) {
    case PRIORITY:
        CHECK_EQUAL(priority_of(thread), value);
        break;
    case CHANGE:
        rt_thread_control(thread, RT_THREAD_CTRL_CHANGE_PRIORITY, &priority);
        break;
    case DELETE:
        CHECK_EQUAL(rt_thread_delete(thread), RT_EOK);
        break;
    case SUSPEND:
        CHECK_EQUAL(rt_thread_suspend(thread), RT_EOK);
        break;
    case RESUME:
        CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
        break;
    case DETACH:
        CHECK_EQUAL(rt_mutex_detach(&a), RT_EOK);
        break;
    case HOLDS:
        CHECK(rt_mutex_get_owner(&a) == thread);
        CHECK_EQUAL(rt_mutex_get_hold(&a), value);
        break;
    case END:
        break;
    }
}

static bool was_detached(const struct script_case *test)
{
    for (unsigned i = 0; i < COUNT(test->steps); i++)
        if (test->steps[i].kind == DETACH)
            return true;
    return false;
}

static void run_script(const struct script_case *test)
{
    rt_thread_t threads[COUNT(test->threads)];
    rt_tick_t now;

    rt_mutex_init(&a, "a", RT_IPC_FLAG_FIFO);
    rt_mutex_init(&b, "b", RT_IPC_FLAG_PRIO);
    align();
    for (unsigned i = 0; i < COUNT(threads) && test->threads[i].script != NULL; i++)
        threads[i] = prepare(follow, (void *)test->threads[i].script, test->threads[i].priority);
    align();
    now = rt_tick_get();
    for (unsigned i = 0; i < COUNT(threads) && test->threads[i].script != NULL; i++)
        rt_thread_startup(threads[i]);
    for (unsigned i = 0; i < COUNT(test->steps) && test->steps[i].kind != END; i++) {
        const rt_tick_t before = i > 0 ? test->steps[i - 1].tick : 0;

        if (test->steps[i].tick > before)
            rt_thread_delay_until(&now, test->steps[i].tick - before);
        take_step(test, i, threads);
    }
    rt_thread_delay(40);
    CHECK_ORDER(test->order);
    if (!was_detached(test)) {
        CHECK(rt_mutex_get_owner(&a) == RT_NULL);
        rt_mutex_detach(&a);
    }
    CHECK(rt_mutex_get_owner(&b) == RT_NULL);
    rt_mutex_detach(&b);
}

static void scripts(void)
{
    for (unsigned i = 0; i < COUNT(script_cases); i++) {
        case_name = script_cases[i].what;
        run_script(&script_cases[i]);
    }
}

/* --- time and limits --- */

static void check_limits_are_exact(void)
{
    static const rt_int32_t limits[] = {1, 2, 5, 100};

    rt_mutex_init(&a, "a", RT_IPC_FLAG_PRIO);
    spawn(follow, (void *)"A9999999999999999a", 5);
    for (unsigned i = 0; i < COUNT(limits); i++) {
        align();
        const rt_tick_t start = rt_tick_get();
        CHECK_EQUAL(rt_mutex_take(&a, limits[i]), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
        CHECK_EQUAL(rt_mutex_take(&a, RT_WAITING_NO), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_mutex_trytake(&a), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
    }
    rt_thread_delay(60);
    CHECK_EQUAL(rt_mutex_take(&a, RT_WAITING_NO), RT_EOK);
    CHECK_EQUAL(rt_mutex_release(&a), RT_EOK);
    CHECK_EQUAL(rt_mutex_release(&a), -RT_ERROR);
    rt_mutex_detach(&a);
}

static void limits_are_exact(void)
{
    idle_and_busy(check_limits_are_exact);
}

static void held_255_times_at_most(void)
{
    rt_mutex_init(&a, "a", RT_IPC_FLAG_PRIO);
    for (unsigned i = 0; i < RT_MUTEX_HOLD_MAX; i++)
        CHECK_EQUAL(rt_mutex_take(&a, RT_WAITING_FOREVER), RT_EOK);
    CHECK_EQUAL(rt_mutex_take(&a, RT_WAITING_FOREVER), -RT_EFULL);
    CHECK_EQUAL(rt_mutex_get_hold(&a), RT_MUTEX_HOLD_MAX);
    for (unsigned i = 0; i < RT_MUTEX_HOLD_MAX; i++)
        CHECK_EQUAL(rt_mutex_release(&a), RT_EOK);
    CHECK(rt_mutex_get_owner(&a) == RT_NULL);
    rt_mutex_detach(&a);
}

static rt_mutex_t made;

static void waits_for_made(void *answer)
{
    *(rt_err_t *)answer = rt_mutex_take(made, RT_WAITING_FOREVER);
}

static void delete_wakes_all(void)
{
    rt_err_t answers[2] = {1, 1};

    made = rt_mutex_create("made", RT_IPC_FLAG_PRIO);
    CHECK_EQUAL(rt_mutex_take(made, RT_WAITING_FOREVER), RT_EOK);
    spawn(waits_for_made, &answers[0], 5);
    spawn(waits_for_made, &answers[1], 12);
    rt_thread_delay(2);
    CHECK_EQUAL(priority_of(rt_thread_self()), 5);
    CHECK_EQUAL(rt_mutex_detach(made), -RT_ERROR); /* dynamic */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_mutex_delete(made), RT_EOK);
    CHECK_EQUAL(priority_of(rt_thread_self()), MAIN_PRIORITY);
    rt_thread_delay(2);
    CHECK_EQUAL(answers[0], -RT_ERROR);
    CHECK_EQUAL(answers[1], -RT_ERROR);
}

static void dead_ones_are_diagnosed(void)
{
    static struct rt_mutex never;

    rt_mutex_init(&a, "a", RT_IPC_FLAG_PRIO);
    CHECK_EQUAL(rt_mutex_delete(&a), -RT_ERROR); /* static */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    rt_mutex_detach(&a);
    rt_mutex_t const dead[] = {&a, &never, RT_NULL};
    for (unsigned i = 0; i < COUNT(dead); i++) {
        CHECK_EQUAL(rt_mutex_take(dead[i], RT_WAITING_FOREVER), -RT_ERROR);
        CHECK_EQUAL(rt_mutex_trytake(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_mutex_release(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_mutex_detach(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_mutex_delete(dead[i]), -RT_ERROR);
        CHECK(rt_mutex_get_owner(dead[i]) == RT_NULL);
        CHECK_EQUAL(rt_mutex_get_hold(dead[i]), 0);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 7));
    }
    CHECK_EQUAL(rt_mutex_init(RT_NULL, "null", RT_IPC_FLAG_PRIO), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
}

/* --- many cores --- */

static rt_uint32_t shared;

static void adds(void *unused)
{
    for (int i = 0; i < 50; i++) {
        rt_mutex_take(&a, RT_WAITING_FOREVER);
        const rt_uint32_t before = shared;
        sim_spend(sim_random(5));
        shared = before + 1;
        rt_mutex_release(&a);
    }
}

static void excludes(void)
{
    rt_mutex_init(&a, "a", RT_IPC_FLAG_PRIO);
    shared = 0;
    for (unsigned i = 0; i < 5; i++)
        spawn_anywhere(adds, RT_NULL, 12 + i % 2);
    rt_thread_delay(50);
    CHECK_EQUAL(shared, 250);
    rt_mutex_detach(&a);
}

static void holds_and_spins(void *unused)
{
    rt_mutex_take(&a, RT_WAITING_FOREVER);
    for (;;)
        sim_safepoint();
}

/* Its owner runs on another core: it inherits there, and is deleted there. */
static void owner_on_another_core(void)
{
    if (kernel.core_count == 1)
        return;
    rt_mutex_init(&a, "a", RT_IPC_FLAG_PRIO);
    const rt_thread_t owner = spawn_anywhere(holds_and_spins, RT_NULL, 20);
    rt_thread_delay(1);
    spawn(follow, (void *)"A!ha", 12);
    rt_thread_delay(1);
    CHECK_EQUAL(priority_of(owner), 12);
    CHECK_EQUAL(rt_thread_delete(owner), RT_EOK);
    rt_thread_delay(1);
    CHECK_ORDER("h");
    rt_mutex_detach(&a);
}

static const struct test_case cases[] = {
    {"scripts", scripts},
    {"limits are exact", limits_are_exact},
    {"held 255 times at most", held_255_times_at_most},
    {"delete wakes all", delete_wakes_all},
    {"dead ones are diagnosed", dead_ones_are_diagnosed},
    {"excludes", excludes},
    {"owner on another core", owner_on_another_core},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
