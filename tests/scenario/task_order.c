/* In which order tasks run: priorities, equals, time slices, delays, the scheduler lock. */
#include "check.h"

static void marks(void *letter)
{
    mark((char)(rt_ubase_t)letter);
}

static rt_thread_t spawn_marker(char letter, unsigned priority)
{
    return spawn(marks, (void *)(rt_ubase_t)letter, priority);
}

/* --- priorities and equals --- */

static void by_priority(void)
{
    spawn_marker('c', 13);
    spawn_marker('a', 11);
    spawn_marker('b', 12);
    rt_thread_delay(1);
    CHECK_ORDER("abc");
}

static void more_urgent_runs_at_once(void)
{
    spawn_marker('a', MAIN_PRIORITY - 1);
    mark('m');
    CHECK_ORDER("am");
}

/* What becomes ready goes before its equals: the thread started last runs first. */
static void new_equals_go_to_the_head(void)
{
    spawn_marker('a', 12);
    spawn_marker('b', 12);
    spawn_marker('c', 12);
    rt_thread_delay(1);
    CHECK_ORDER("cba");
}

/* So does what is ready already and becomes their equal, up or down. */
static void changed_priorities_go_to_the_head(void)
{
    static const rt_uint8_t equal = 12;

    for (unsigned before = 11; before <= 13; before += 2) {
        spawn_marker('a', equal);
        spawn_marker('b', equal);
        const rt_thread_t moved = spawn_marker('c', before);
        rt_thread_control(moved, RT_THREAD_CTRL_CHANGE_PRIORITY, (void *)&equal);
        rt_thread_delay(1);
        CHECK_ORDER("cba");
    }
}

static void equals_of_the_running_task_wait(void)
{
    spawn_marker('a', MAIN_PRIORITY);
    spawn_marker('b', MAIN_PRIORITY);
    mark('m');
    rt_thread_yield();
    mark('M');
    CHECK_ORDER("mbaM");
}

static void marks_and_yields(void *letter)
{
    for (int i = 0; i < 3; i++) {
        marks(letter);
        rt_thread_yield();
    }
}

static void yielding_goes_to_the_tail(void)
{
    spawn(marks_and_yields, (void *)'a', 12);
    spawn(marks_and_yields, (void *)'b', 12);
    spawn(marks_and_yields, (void *)'c', 12);
    rt_thread_delay(1);
    CHECK_ORDER("cbacbacba");
}

static void yielding_gives_way_to_equals_only(void)
{
    spawn(marks_and_yields, (void *)'a', 11);
    spawn(marks_and_yields, (void *)'b', 12);
    rt_thread_delay(1);
    CHECK_ORDER("aaabbb");
}

static struct rt_semaphore gate[2];

static void marks_after_gate(void *index)
{
    rt_sem_take(&gate[(rt_ubase_t)index], RT_WAITING_FOREVER);
    mark((char)('x' + (rt_ubase_t)index));
}

static void woken_equals_go_to_the_head(void)
{
    for (int i = 0; i < 2; i++) {
        rt_sem_init(&gate[i], "gate", 0, RT_IPC_FLAG_FIFO);
        spawn(marks_after_gate, (void *)(rt_ubase_t)i, 12);
    }
    rt_thread_delay(1);
    spawn_marker('r', 12);
    rt_sem_release(&gate[0]);
    rt_sem_release(&gate[1]);
    rt_thread_delay(1);
    CHECK_ORDER("yxr");
    rt_sem_detach(&gate[0]);
    rt_sem_detach(&gate[1]);
}

/* --- time slices --- */

enum { TICKS_MAX = 64 };

static char ran[TICKS_MAX + 1]; /* who ran in each tick since `first_tick` */
static rt_tick_t first_tick;

static void spin_until(rt_tick_t end, char letter)
{
    rt_tick_t now;

    while ((now = rt_tick_get() - first_tick) < end) {
        ran[now] = letter;
        sim_spend(20);
    }
}

static void spins(void *letter)
{
    spin_until(20, (char)(rt_ubase_t)letter);
}

static void begin_ticks(void)
{
    rt_memset(ran, '.', sizeof ran);
    ran[TICKS_MAX] = '\0';
    align();
    first_tick = rt_tick_get();
}

static void check_ticks(const char *expected)
{
    ran[strlen(expected)] = '\0';
    CHECK(strcmp(ran, expected) == 0);
    if (strcmp(ran, expected) != 0)
        rt_kprintf("  ticks: '%s', not '%s'\n", ran, expected);
}

static rt_thread_t prepare_sliced(void (*entry)(void *), void *argument, rt_uint32_t slice)
{
    const rt_thread_t thread = rt_thread_create("slice", entry, argument, 512, 12, slice);

    rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)home);
    return thread;
}

static void equals_take_turns_by_slices(void)
{
    const rt_thread_t three = prepare_sliced(spins, (void *)'3', 3);
    const rt_thread_t five = prepare_sliced(spins, (void *)'5', 5);

    begin_ticks();
    rt_thread_startup(five);
    rt_thread_startup(three);
    rt_thread_delay(25);
    check_ticks("33355555333555553335");
}

static void one_tick_slices(void)
{
    const rt_thread_t a = prepare_sliced(spins, (void *)'a', 1);
    const rt_thread_t b = prepare_sliced(spins, (void *)'b', 1);
    const rt_thread_t c = prepare_sliced(spins, (void *)'c', 1);

    begin_ticks();
    rt_thread_startup(c);
    rt_thread_startup(b);
    rt_thread_startup(a);
    rt_thread_delay(25);
    check_ticks("abcabcabcabcabcabcab");
}

static void spins_after_two(void *letter)
{
    rt_thread_delay(2);
    spin_until(5, (char)(rt_ubase_t)letter);
}

/* A displaced task keeps what is left of its slice, and its place before its equals. */
static void displaced_keeps_its_slice(void)
{
    const rt_thread_t a = prepare_sliced(spins, (void *)'a', 4);
    const rt_thread_t b = prepare_sliced(spins, (void *)'b', 4);

    begin_ticks();
    spawn(spins_after_two, (void *)'U', MAIN_PRIORITY - 2);
    rt_thread_startup(b);
    rt_thread_startup(a);
    rt_thread_delay(25);
    check_ticks("aaUUUaabbbbaaaabbbba");
}

static void spins_and_yields(void *letter)
{
    spin_until(2, (char)(rt_ubase_t)letter);
    rt_thread_yield();
    spin_until(20, (char)(rt_ubase_t)letter);
}

static void spins_from_two(void *letter)
{
    spin_until(3, (char)(rt_ubase_t)letter);
    rt_thread_yield();
    spin_until(20, (char)(rt_ubase_t)letter);
}

/* A yield begins a new slice: else 'a' would have one tick left after it. */
static void yield_renews_the_slice(void)
{
    const rt_thread_t a = prepare_sliced(spins_and_yields, (void *)'a', 3);
    const rt_thread_t b = prepare_sliced(spins_from_two, (void *)'b', 4);

    begin_ticks();
    rt_thread_startup(b);
    rt_thread_startup(a);
    rt_thread_delay(25);
    check_ticks("aabaaabbbbaaabbbbaaa");
}

/* --- delays --- */

static void check_delays_are_exact(void)
{
    static const rt_tick_t delays[] = {1, 2, 3, 7, 50, 300};

    for (unsigned i = 0; i < COUNT(delays); i++) {
        const rt_tick_t start = rt_tick_get();
        const uint64_t start_us = sim_time_us();

        CHECK_EQUAL(rt_thread_delay(delays[i]), RT_EOK);
        CHECK(sim_time_us() - start_us > delays[i] * 1000 - 100);
        CHECK(sim_time_us() - start_us < delays[i] * 1000 + 100);
        CHECK_EQUAL(rt_tick_get() - start, delays[i]);
        CHECK_EQUAL(rt_thread_mdelay((rt_int32_t)delays[i]), RT_EOK);
        CHECK_EQUAL(rt_tick_get() - start, 2 * delays[i]);
    }
    CHECK_EQUAL(rt_thread_delay(0), -RT_EINVAL);
    CHECK_EQUAL(rt_thread_mdelay(0), -RT_EINVAL);
}

static void delays_are_exact(void)
{
    idle_and_busy(check_delays_are_exact);
}

static void check_delay_until_keeps_the_pace(void)
{
    const rt_tick_t start = rt_tick_get();
    rt_tick_t pace = start;

    for (unsigned i = 1; i <= 10; i++) {
        sim_spend(100 + sim_random(6000)); /* up to 6 of 7 ticks */
        CHECK_EQUAL(rt_thread_delay_until(&pace, 7), RT_EOK);
        CHECK_EQUAL(rt_tick_get() - start, 7 * i);
        CHECK_EQUAL(pace, rt_tick_get());
    }
}

static void delay_until_keeps_the_pace(void)
{
    idle_and_busy(check_delay_until_keeps_the_pace);
}

static void delay_until_does_not_wait_when_late(void)
{
    rt_tick_t pace = rt_tick_get();

    sim_spend(8500);
    const rt_tick_t now = rt_tick_get();
    CHECK_EQUAL(rt_thread_delay_until(&pace, 5), RT_EOK);
    CHECK_EQUAL(rt_tick_get(), now);
    CHECK_EQUAL(pace, now);
}

static void marks_after_delay(void *packed)
{
    rt_thread_delay((rt_tick_t)((rt_ubase_t)packed >> 8));
    mark((char)((rt_ubase_t)packed & 0xff));
}

static void spawn_delayed(char letter, rt_tick_t ticks, unsigned priority)
{
    spawn(marks_after_delay, (void *)((rt_ubase_t)ticks << 8 | (rt_ubase_t)letter), priority);
}

/* Equal deadlines expire in the order of their start; each woken one goes to the head. */
static void sleepers_wake_by_deadline(void)
{
    spawn_delayed('d', 9, 5);
    spawn_delayed('a', 2, 5);
    spawn_delayed('b', 4, 5);
    spawn_delayed('e', 9, 4);
    spawn_delayed('x', 7, 6);
    spawn_delayed('y', 7, 6);
    rt_thread_delay(12);
    CHECK_ORDER("abyxed");
}

static void a_tick_set_back_or_forth(void)
{
    const rt_tick_t before = rt_tick_get();

    spawn_delayed('a', 5, 5);
    rt_tick_set(before + 100); /* past the deadline: due at the next tick */
    CHECK_EQUAL(rt_tick_get(), before + 100);
    rt_thread_delay(1);
    CHECK_ORDER("a");
    rt_tick_set(UINT32_MAX - 2);
    spawn_delayed('b', 6, 5); /* across the wrap */
    rt_thread_delay(5);
    CHECK_ORDER("");
    rt_thread_delay(2);
    CHECK_ORDER("b");
    CHECK_EQUAL(rt_tick_get(), 4);
}

static struct rt_semaphore rung;

static void rings_after_five(void *unused)
{
    rt_thread_delay(5);
    rt_sem_release(&rung);
}

/* Everybody waits: time must not jump around the whole counter to a deadline that has passed. */
static void a_deadline_passed_over(void)
{
    const uint64_t before = sim_time_us();

    rt_sem_init(&rung, "rung", 0, RT_IPC_FLAG_FIFO);
    spawn(rings_after_five, RT_NULL, 5);
    rt_tick_set(rt_tick_get() + 100);
    CHECK_EQUAL(rt_sem_take(&rung, RT_WAITING_FOREVER), RT_EOK);
    CHECK(sim_time_us() - before < 2000);
    rt_sem_detach(&rung);
}

static void too_long_a_delay(void)
{
    const rt_tick_t start = rt_tick_get();

    CHECK_EQUAL(rt_thread_delay(0x80000000u), -RT_EINVAL);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_tick_get(), start);
}

static void milliseconds_round_up(void)
{
    CHECK_EQUAL(rt_tick_from_millisecond(0), 0);
    CHECK_EQUAL(rt_tick_from_millisecond(1), 1);
    CHECK_EQUAL(rt_tick_from_millisecond(12345), 12345);
    CHECK_EQUAL(rt_tick_from_millisecond(-1), (rt_tick_t)RT_WAITING_FOREVER);
    CHECK_EQUAL(rt_tick_get_millisecond(), rt_tick_get());
}

/* --- the scheduler lock --- */

static void critical_keeps_the_core(void)
{
    const rt_thread_t urgent = prepare(marks, (void *)'u', 2);

    rt_enter_critical();
    CHECK_EQUAL(rt_critical_level(), 1);
    rt_thread_startup(urgent);
    rt_enter_critical();
    CHECK_EQUAL(rt_critical_level(), 2);
    mark('1');
    rt_exit_critical();
    mark('2');
    rt_exit_critical();
    mark('3');
    CHECK_ORDER("12u3");
}

static void critical_outlasts_slices(void)
{
    const rt_thread_t equal = prepare(marks, (void *)'e', MAIN_PRIORITY);

    align();
    rt_thread_startup(equal);
    rt_enter_critical();
    sim_spend(25000); /* main's slice is 20 ticks */
    mark('m');
    rt_exit_critical();
    mark('M');
    CHECK_ORDER("meM");
}

static rt_thread_t late;
static volatile rt_bool_t occupied;

static void occupies(void *starts)
{
    if (starts != RT_NULL)
        rt_thread_startup(late);
    while (occupied)
        sim_safepoint();
}

static void occupy(unsigned core, void *starts)
{
    const rt_thread_t thread = prepare_anywhere(occupies, starts, 1);

    rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)core);
    rt_thread_startup(thread);
    sim_spend(50);
}

/* A thread becomes ready on another core, and only the one with the scheduler locked can take it.
 */
static void critical_ends_for_what_another_core_readied(void)
{
    const unsigned cores = kernel.core_count;

    if (cores == 1)
        return;
    late = prepare_anywhere(marks, (void *)'u', 2);
    occupied = RT_TRUE;
    for (unsigned i = 2; i < cores; i++)
        occupy((home + i) % cores, RT_NULL);
    const rt_thread_t starter = prepare_anywhere(occupies, (void *)1, 1);
    rt_thread_control(starter, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)((home + 1) % cores));
    rt_enter_critical();
    rt_thread_startup(starter);
    sim_spend(100);
    mark('1');
    rt_exit_critical();
    mark('2');
    occupied = RT_FALSE;
    CHECK_ORDER("1u2");
}

/* A thread that the caller's core has no time for takes another one from what is less urgent. */
static void a_less_urgent_core_gives_way(void)
{
    const unsigned cores = kernel.core_count;

    if (cores == 1)
        return;
    occupied = RT_TRUE;
    for (unsigned i = 1; i < cores; i++) {
        const rt_thread_t thread = prepare_anywhere(occupies, RT_NULL, MAIN_PRIORITY + 5);

        rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU,
                          (void *)(rt_ubase_t)((home + i) % cores));
        rt_thread_startup(thread);
        sim_spend(50);
    }
    rt_thread_startup(prepare_anywhere(marks, (void *)'u', MAIN_PRIORITY + 2));
    sim_spend(50);
    mark('1');
    occupied = RT_FALSE;
    CHECK_ORDER("u1");
}

static const struct test_case cases[] = {
    {"by priority", by_priority},
    {"more urgent runs at once", more_urgent_runs_at_once},
    {"new equals go to the head", new_equals_go_to_the_head},
    {"changed priorities go to the head", changed_priorities_go_to_the_head},
    {"equals of the running task wait", equals_of_the_running_task_wait},
    {"yielding goes to the tail", yielding_goes_to_the_tail},
    {"yielding gives way to equals only", yielding_gives_way_to_equals_only},
    {"woken equals go to the head", woken_equals_go_to_the_head},
    {"equals take turns by slices", equals_take_turns_by_slices},
    {"one-tick slices", one_tick_slices},
    {"displaced keeps its slice", displaced_keeps_its_slice},
    {"yield renews the slice", yield_renews_the_slice},
    {"delays are exact", delays_are_exact},
    {"delay_until keeps the pace", delay_until_keeps_the_pace},
    {"delay_until does not wait when late", delay_until_does_not_wait_when_late},
    {"sleepers wake by deadline", sleepers_wake_by_deadline},
    {"a tick set back or forth", a_tick_set_back_or_forth},
    {"a deadline passed over", a_deadline_passed_over},
    {"too long a delay", too_long_a_delay},
    {"milliseconds round up", milliseconds_round_up},
    {"critical keeps the core", critical_keeps_the_core},
    {"critical outlasts slices", critical_outlasts_slices},
    {"critical ends for what another core readied", critical_ends_for_what_another_core_readied},
    {"a less urgent core gives way", a_less_urgent_core_gives_way},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
