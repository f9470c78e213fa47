/*
 * Timers: when and in which order their functions run, hard ones (in the tick) and soft ones (in
 * the thread "timer"); what their own functions may do to them; control; use in an ISR; pace.
 */
#include "check.h"

enum {
    HARD = RT_TIMER_FLAG_HARD_TIMER,
    SOFT = RT_TIMER_FLAG_SOFT_TIMER,
    PERIODIC = RT_TIMER_FLAG_PERIODIC
};

static rt_uint8_t kind; /* HARD or SOFT */
static struct rt_timer timers[6];
static rt_tick_t fired_at[64];
static unsigned fired;

static void on_both(void (*check)(void))
{
    for (kind = HARD;; kind = SOFT) {
        fired = 0;
        check();
        if (kind == SOFT)
            return;
    }
}

/* What every timer's function does: notes the tick and the letter, in the right place. */
static void notes(void *letter)
{
    if (fired < COUNT(fired_at))
        fired_at[fired++] = rt_tick_get();
    mark((char)(rt_ubase_t)letter);
    CHECK_EQUAL(rt_interrupt_get_nest() > 0, kind == HARD);
    CHECK(kind == HARD || strcmp(task_self()->name, "timer") == 0);
}

static void init(unsigned i, rt_tick_t time, rt_uint8_t flag)
{
    rt_timer_init(&timers[i], "timer", notes, (void *)(rt_ubase_t)('a' + i), time,
                  (rt_uint8_t)(flag | kind));
}

static void detach_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CHECK_EQUAL(rt_timer_detach(&timers[i]), RT_EOK);
}

static rt_uint32_t state_of(rt_timer_t timer)
{
    rt_uint32_t state = 77;

    CHECK_EQUAL(rt_timer_control(timer, RT_TIMER_CTRL_GET_STATE, &state), RT_EOK);
    return state;
}

/* --- order and time --- */

static const struct {
    rt_tick_t times[6];
    const char *order;
} orders[] = {{{3, 1, 2}, "bca"},
              {{5, 5, 5, 5}, "abcd"},
              {{4, 2, 4, 2, 4, 2}, "bdface"},
              {{100, 1, 50, 99, 2, 98}, "becfda"},
              {{1, 0, 1, 2, 0, 1}, "abcefd"}};

static void check_order_of_expiry(void)
{
    for (unsigned i = 0; i < COUNT(orders); i++) {
        const unsigned count = (unsigned)strlen(orders[i].order);

        fired = 0;
        for (unsigned j = 0; j < count; j++)
            init(j, orders[i].times[j], RT_TIMER_FLAG_ONE_SHOT);
        align();
        const rt_tick_t start = rt_tick_get();
        for (unsigned j = 0; j < count; j++)
            CHECK_EQUAL(rt_timer_start(&timers[j]), RT_EOK);
        rt_thread_delay(120);
        CHECK_ORDER(orders[i].order);
        for (unsigned j = 0; j < count; j++) {
            const rt_tick_t time = orders[i].times[orders[i].order[j] - 'a'];

            CHECK_EQUAL(fired_at[j] - start, time > 0 ? time : 1);
            CHECK_EQUAL(state_of(&timers[j]), RT_TIMER_FLAG_DEACTIVATED);
        }
        detach_all(count);
    }
}

static void check_orders(void)
{
    on_both(check_order_of_expiry);
}

static void order_of_expiry(void)
{
    idle_and_busy(check_orders);
}

static void check_periods(void)
{
    init(0, 7, PERIODIC);
    align();
    const rt_tick_t start = rt_tick_get();
    rt_timer_start(&timers[0]);
    rt_thread_delay(7 * 40 + 3);
    CHECK_EQUAL(fired, 40);
    for (unsigned i = 0; i < 40; i++)
        CHECK_EQUAL(fired_at[i] - start, 7 * (i + 1)); /* no drift */
    CHECK_EQUAL(state_of(&timers[0]), RT_TIMER_FLAG_ACTIVATED);
    CHECK_EQUAL(rt_timer_stop(&timers[0]), RT_EOK);
    rt_thread_delay(20);
    CHECK_EQUAL(fired, 40);
    forget_order();
    detach_all(1);
}

static void check_periods_both(void)
{
    on_both(check_periods);
}

static void periods_do_not_drift(void)
{
    idle_and_busy(check_periods_both);
}

/* A thread that wakes at the same tick: who was started first comes first. */
static void sleeps_five(void *unused)
{
    rt_thread_delay(5);
    mark('t');
}

static void timeouts_and_hard_timers(void)
{
    kind = HARD;
    init(0, 5, 0);
    init(1, 5, 0);
    align();
    rt_timer_start(&timers[0]);
    spawn(sleeps_five, RT_NULL, 5);
    rt_timer_start(&timers[1]);
    rt_thread_delay(10);
    CHECK_ORDER("abt"); /* the thread runs behind the tick */
    detach_all(2);
}

/* --- starting anew, stopping, changing --- */

static void check_start_anew(void)
{
    init(0, 10, 0);
    init(1, 10, 0);
    align();
    const rt_tick_t start = rt_tick_get();
    rt_timer_start(&timers[0]);
    rt_timer_start(&timers[1]);
    rt_thread_delay(6);
    rt_timer_start(&timers[0]); /* counts from now */
    rt_thread_delay(20);
    CHECK_ORDER("ba");
    CHECK_EQUAL(fired_at[0] - start, 10);
    CHECK_EQUAL(fired_at[1] - start, 16);
    CHECK_EQUAL(rt_timer_stop(&timers[0]), -RT_ERROR); /* not active */
    rt_timer_start(&timers[0]);
    rt_timer_start(&timers[1]);
    rt_thread_delay(9);
    CHECK_EQUAL(rt_timer_stop(&timers[0]), RT_EOK);
    CHECK_EQUAL(rt_timer_detach(&timers[1]), RT_EOK);
    rt_thread_delay(5);
    CHECK_ORDER("");
    detach_all(1);
}

static void start_anew_and_stop(void)
{
    on_both(check_start_anew);
}

static void check_control(void)
{
    rt_tick_t time = 6;
    void (*function)(void *) = RT_NULL;
    void *parameter = RT_NULL;

    init(0, 20, 0);
    align();
    const rt_tick_t start = rt_tick_get();
    rt_timer_start(&timers[0]);
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_GET_REMAIN_TIME, &time), RT_EOK);
    CHECK_EQUAL(time - start, 20);
    time = 6;
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_SET_TIME, &time), RT_EOK);
    CHECK_EQUAL(state_of(&timers[0]), RT_TIMER_FLAG_DEACTIVATED); /* it stops */
    time = 0;
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_GET_TIME, &time), RT_EOK);
    CHECK_EQUAL(time, 6);
    rt_timer_start(&timers[0]);
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_SET_PERIODIC, RT_NULL), RT_EOK);
    rt_thread_delay(13);
    CHECK_ORDER("aa");
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_SET_ONESHOT, RT_NULL), RT_EOK);
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_SET_PARM, (void *)'z'), RT_EOK);
    rt_thread_delay(20);
    CHECK_ORDER("z");
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_GET_FUNC, &function), RT_EOK);
    CHECK(function == notes);
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_GET_PARM, &parameter), RT_EOK);
    CHECK(parameter == (void *)'z');
    CHECK_EQUAL(rt_timer_control(&timers[0], 99, RT_NULL), -RT_ENOSYS);
    time = 0x80000000u;
    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_SET_TIME, &time), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    detach_all(1);
}

static void control(void)
{
    on_both(check_control);
}

/* --- by their own functions --- */

static rt_err_t answer;

static void stops_itself(void *unused)
{
    mark('s');
    answer = rt_timer_stop(&timers[0]);
}

static void starts_itself(void *unused)
{
    mark('r');
    answer = rt_timer_start(&timers[0]);
}

static void stops_and_starts_itself(void *unused)
{
    mark('q');
    rt_timer_stop(&timers[0]);
    answer = rt_timer_start(&timers[0]);
}

static void becomes_one_shot(void *unused)
{
    mark('o');
    answer = rt_timer_control(&timers[0], RT_TIMER_CTRL_SET_ONESHOT, RT_NULL);
}

static void detaches_itself(void *unused)
{
    mark('d');
    answer = rt_timer_detach(&timers[0]);
    rt_memset(&timers[0], 0, sizeof timers[0]); /* it is something else now, which looks as if */
    timers[0].timer.active = timers[0].timer.periodic = true; /* it were to be started again */
}

static void starts_the_next(void *unused)
{
    mark('n');
    answer = rt_timer_start(&timers[1]);
}

static void stops_the_next(void *unused)
{
    mark('x');
    answer = rt_timer_stop(&timers[1]);
}

static const struct {
    void (*function)(void *);
    rt_uint8_t flag;
    bool with_next;
    rt_err_t answer;
    const char *order,
        *before_5_1; /* in 27 ticks, each timer of 5; the second started first or last */
} own[] = {
    {stops_itself, PERIODIC, false, RT_EOK, "s", "s"},
    {stops_itself, 0, false, -RT_ERROR, "s", "s"}, /* it is over */
    {starts_itself, 0, false, -RT_ERROR, "r", "rrrrr"},
    {starts_itself, PERIODIC, false, -RT_ERROR, "rrrrr", "rrrrr"},
    {stops_and_starts_itself, PERIODIC, false, -RT_ERROR, "q", "qqqqq"},
    {becomes_one_shot, PERIODIC, false, RT_EOK, "o", "o"},
    {detaches_itself, PERIODIC, false, RT_EOK, "d", "d"},
    {starts_the_next, 0, false, RT_EOK, "nb", "nb"},
    {stops_the_next, 0, true, RT_EOK, "x", "x"},
};

static void check_own(void)
{
    const bool is_new = kernel.rtthread.release >= HEAP_VERSION(5, 1, 0);

    for (unsigned i = 0; i < COUNT(own); i++) {
        init(1, 5, 0);
        rt_timer_init(&timers[0], "own", own[i].function, RT_NULL, 5, own[i].flag | kind);
        align();
        rt_timer_start(&timers[0]);
        if (own[i].with_next)
            rt_timer_start(&timers[1]);
        rt_thread_delay(27);
        if (own[i].function == detaches_itself)
            CHECK(!timers[0].timer.deadline.active);
        else
            rt_timer_detach(&timers[0]);
        CHECK_ORDER(is_new ? own[i].order : own[i].before_5_1);
        CHECK_EQUAL(answer, is_new || own[i].answer == RT_EOK || i == 1 ? own[i].answer : RT_EOK);
        rt_timer_detach(&timers[1]);
    }
}

static void own_functions(void)
{
    on_both(check_own);
}

static rt_timer_t made;

static void deletes_itself(void *unused)
{
    mark('d');
    answer = rt_timer_delete(made);
}

/* A soft timer's function may use the heap; a hard one's may not (standard lock). */
static void deleted_by_its_function(void)
{
    made = rt_timer_create("made", deletes_itself, RT_NULL, 3, PERIODIC | SOFT);
    CHECK_EQUAL(rt_timer_detach(made), -RT_ERROR); /* dynamic */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    rt_timer_start(made);
    rt_thread_delay(10);
    CHECK_ORDER("d");
    CHECK_EQUAL(answer, RT_EOK);
    made = rt_timer_create("made", deletes_itself, RT_NULL, 3, HARD);
    rt_timer_start(made);
    rt_thread_delay(10);
    CHECK_ORDER("d");
    CHECK_EQUAL(answer, -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_CONTEXT, 1));
    CHECK_EQUAL(rt_timer_delete(made), RT_EOK);
}

static void dead_ones_are_diagnosed(void)
{
    static struct rt_timer never;
    rt_timer_t const dead[] = {&never, RT_NULL};

    for (unsigned i = 0; i < COUNT(dead); i++) {
        CHECK_EQUAL(rt_timer_start(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_timer_stop(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_timer_control(dead[i], RT_TIMER_CTRL_SET_ONESHOT, RT_NULL), -RT_ERROR);
        CHECK_EQUAL(rt_timer_detach(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_timer_delete(dead[i]), -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 5));
    }
    rt_timer_init(&never, "long", notes, RT_NULL, 0x80000000u, 0);
    CHECK(!never.live);
    CHECK(rt_timer_create("long", notes, RT_NULL, 0x80000000u, 0) == RT_NULL);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 2));
}

/* --- the thread "timer" --- */

static void computes_3_ticks(void *unused)
{
    mark('<');
    sim_spend(3000);
    mark('>');
}

/* A function that takes long makes the others late, and its own next period counts from its end. */
static void a_long_function(void)
{
    rt_tick_t due = 0;

    kind = SOFT;
    fired = 0;
    rt_timer_init(&timers[0], "long", computes_3_ticks, RT_NULL, 5, SOFT | PERIODIC);
    init(1, 6, 0);
    align();
    const rt_tick_t start = rt_tick_get();
    rt_timer_start(&timers[0]);
    rt_timer_start(&timers[1]);
    rt_thread_delay(11);
    CHECK_ORDER("<>b");
    CHECK_EQUAL(fired_at[0] - start, 8);
    rt_timer_control(&timers[0], RT_TIMER_CTRL_GET_REMAIN_TIME, &due);
    CHECK_EQUAL(due - start, 13);
    detach_all(2);
}

/* It sleeps for a timer that is due later than one that is started now. */
static void an_earlier_one_is_started(void)
{
    kind = SOFT;
    fired = 0;
    init(0, 1000, 0);
    init(1, 3, 0);
    rt_timer_start(&timers[0]);
    align();
    const rt_tick_t start = rt_tick_get();
    rt_timer_start(&timers[1]);
    rt_thread_delay(10);
    CHECK_ORDER("b");
    CHECK_EQUAL(fired_at[0] - start, 3);
    detach_all(2);
}

/* --- in an ISR, from other cores --- */

enum { LINE = 13 };

static void in_isr(int line, void *unused)
{
    rt_tick_t time = 4;

    CHECK_EQUAL(rt_timer_control(&timers[0], RT_TIMER_CTRL_SET_TIME, &time), RT_EOK);
    CHECK_EQUAL(rt_timer_start(&timers[0]), RT_EOK);
    CHECK_EQUAL(rt_timer_start(&timers[1]), RT_EOK);
    CHECK_EQUAL(rt_timer_stop(&timers[1]), RT_EOK);
}

static void check_isr(void)
{
    init(0, 50, 0);
    init(1, 3, 0);
    rt_hw_interrupt_install(LINE, in_isr, RT_NULL, "timers");
    align();
    const rt_tick_t start = rt_tick_get();
    sim_raise(LINE);
    rt_thread_delay(10);
    CHECK_ORDER("a");
    CHECK_EQUAL(fired_at[0] - start, 4);
    rt_hw_interrupt_mask(LINE);
    detach_all(2);
}

static void from_an_isr(void)
{
    on_both(check_isr);
}

static unsigned hooks_before, hooks_behind;

static void before(struct rt_timer *timer)
{
    hooks_before += timer == &timers[0];
}

static void behind(struct rt_timer *timer)
{
    hooks_behind += timer == &timers[0] && hooks_before > hooks_behind;
}

static void hooks(void)
{
    kind = HARD;
    init(0, 2, PERIODIC);
    rt_timer_enter_sethook(before);
    rt_timer_exit_sethook(behind);
    hooks_before = hooks_behind = 0;
    align();
    rt_timer_start(&timers[0]);
    rt_thread_delay(7);
    rt_timer_enter_sethook(RT_NULL);
    rt_timer_exit_sethook(RT_NULL);
    CHECK_EQUAL(hooks_before, 3);
    CHECK_EQUAL(hooks_behind, 3);
    CHECK_ORDER("aaa");
    detach_all(1);
}

static volatile bool over;

static void disturbs(void *unused)
{
    while (!over) {
        rt_timer_t const timer = &timers[sim_random(COUNT(timers))];

        if (sim_random(2) == 0)
            rt_timer_start(timer);
        else
            rt_timer_stop(timer);
        sim_spend(sim_random(400));
    }
}

static rt_tick_t due_at;

static void counts(void *unused)
{
    fired++;
    CHECK((rt_int32_t)(rt_tick_get() - due_at) >= 0);
}

/* From all cores at once: the heap of deadlines stays whole, and none runs before its time. */
static void check_many_cores(void)
{
    over = false;
    due_at = rt_tick_get() + 1;
    for (unsigned i = 0; i < COUNT(timers); i++)
        rt_timer_init(&timers[i], "many", counts, RT_NULL, 1 + i,
                      (i % 2 == 0 ? PERIODIC : 0) | kind);
    for (unsigned i = 0; i < 3; i++)
        spawn_anywhere(disturbs, RT_NULL, 20);
    rt_thread_delay(100);
    over = true;
    rt_thread_delay(10);
    CHECK(fired > 20);
    for (unsigned i = 0; i < COUNT(timers); i++)
        rt_timer_detach(&timers[i]);
    align(); /* one may be running on another core */
    const unsigned then = fired;
    rt_thread_delay(10);
    CHECK_EQUAL(fired, then);
}

static void many_cores(void)
{
    on_both(check_many_cores);
}

static void looks_at_token(void *token)
{
    fired++;
    CHECK(token == &due_at);
}

static void detaches(int line, void *unused)
{
    CHECK_EQUAL(rt_timer_detach(&timers[0]), RT_EOK);
    rt_memset(&timers[0], 0xff, sizeof timers[0]);
}

/*
 * Detached in an ISR just when it begins to run: from then on its memory is something else, and its
 * function runs with what it was started with, or not at all.
 */
static void check_gone_when_it_runs(void)
{
    rt_hw_interrupt_install(LINE, detaches, RT_NULL, "detach");
    rt_hw_interrupt_umask(LINE);
    for (unsigned i = 0; i < 100; i++) {
        rt_timer_init(&timers[0], "gone", looks_at_token, &due_at, 1, kind);
        align();
        rt_timer_start(&timers[0]);
        sim_device(LINE, 997, 0, 8, 1);
        rt_thread_delay(3);
    }
    CHECK(fired > 0 && fired < 100);
    rt_hw_interrupt_mask(LINE);
}

static void gone_when_it_runs(void)
{
    on_both(check_gone_when_it_runs);
}

static const struct test_case cases[] = {
    {"own functions", own_functions},
    {"deleted by its function", deleted_by_its_function},
    {"dead ones are diagnosed", dead_ones_are_diagnosed},
    {"many cores", many_cores},
};

static const struct test_case exact_cases[] = {
    {"order of expiry", order_of_expiry},
    {"periods do not drift", periods_do_not_drift},
    {"timeouts and hard timers", timeouts_and_hard_timers},
    {"start anew and stop", start_anew_and_stop},
    {"control", control},
    {"a long function", a_long_function},
    {"an earlier one is started", an_earlier_one_is_started},
    {"from an ISR", from_an_isr},
    {"hooks", hooks},
    {"gone when it runs", gone_when_it_runs},
};

int main(void)
{
    return run_cases(cases, COUNT(cases)) | run_exact_cases(exact_cases, COUNT(exact_cases));
}
