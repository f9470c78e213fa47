/* Semaphores: order of waiters, time limits, release in an ISR, deletion, reset, the maximum. */
#include "check.h"

static struct rt_semaphore sem;

struct waiter {
    char letter;
    rt_int32_t timeout;
    rt_err_t answer;
    rt_tick_t waited;
};

static void waits(void *argument)
{
    struct waiter *const self = argument;
    const rt_tick_t start = rt_tick_get();

    self->answer = rt_sem_take(&sem, self->timeout);
    self->waited = rt_tick_get() - start;
    mark(self->letter);
}

/* --- order --- */

static const struct {
    rt_uint8_t flag;
    rt_uint8_t priorities[4];
    const char *order;
} orders[] = {
    {RT_IPC_FLAG_FIFO, {15, 12, 14, 13}, "abcd"}, {RT_IPC_FLAG_FIFO, {12, 12, 12, 12}, "abcd"},
    {RT_IPC_FLAG_PRIO, {15, 12, 14, 13}, "bdca"}, {RT_IPC_FLAG_PRIO, {12, 12, 12, 12}, "abcd"},
    {RT_IPC_FLAG_PRIO, {12, 12, 11, 12}, "cabd"}, {RT_IPC_FLAG_PRIO, {11, 14, 14, 11}, "adbc"},
};

static void waiters_leave_in_order(void)
{
    static struct waiter waiters[4];

    for (unsigned i = 0; i < COUNT(orders); i++) {
        rt_sem_init(&sem, "order", 0, orders[i].flag);
        for (unsigned j = 0; j < COUNT(waiters); j++) {
            waiters[j] = (struct waiter){(char)('a' + j), RT_WAITING_FOREVER, 1, 0};
            spawn(waits, &waiters[j], orders[i].priorities[j]);
            rt_thread_delay(1);
        }
        for (unsigned j = 0; j < COUNT(waiters); j++) {
            CHECK_EQUAL(rt_sem_release(&sem), RT_EOK);
            rt_thread_delay(1);
            CHECK_EQUAL(waiters[orders[i].order[j] - 'a'].answer, RT_EOK);
        }
        CHECK_ORDER(orders[i].order);
        CHECK_EQUAL(rt_sem_trytake(&sem), -RT_ETIMEOUT); /* each unit went to a waiter */
        rt_sem_detach(&sem);
    }
}

/* --- time --- */

static void check_limits_are_exact(void)
{
    static const rt_int32_t limits[] = {1, 2, 3, 10, 77, 300};

    rt_sem_init(&sem, "limit", 0, RT_IPC_FLAG_FIFO);
    for (unsigned i = 0; i < COUNT(limits); i++) {
        align();
        const rt_tick_t start = rt_tick_get();
        CHECK_EQUAL(rt_sem_take(&sem, limits[i]), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
    }
    rt_sem_detach(&sem);
}

static void limits_are_exact(void)
{
    idle_and_busy(check_limits_are_exact);
}

static void no_waiting(void)
{
    rt_sem_init(&sem, "now", 2, RT_IPC_FLAG_FIFO);
    const rt_tick_t start = rt_tick_get();
    CHECK_EQUAL(rt_sem_take(&sem, RT_WAITING_NO), RT_EOK);
    CHECK_EQUAL(rt_sem_trytake(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_trytake(&sem), -RT_ETIMEOUT);
    CHECK_EQUAL(rt_sem_take(&sem, RT_WAITING_NO), -RT_ETIMEOUT);
    CHECK_EQUAL(rt_tick_get(), start);
    CHECK_EQUAL(rt_sem_release(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_take(&sem, 5), RT_EOK);
    CHECK_EQUAL(rt_tick_get(), start);
    rt_sem_detach(&sem);
}

static void forever_is_long(void)
{
    static struct waiter waiters[2] = {{'a', RT_WAITING_FOREVER, 1, 0}, {'b', -77, 1, 0}};

    rt_sem_init(&sem, "ever", 0, RT_IPC_FLAG_FIFO);
    spawn(waits, &waiters[0], 5);
    spawn(waits, &waiters[1], 5);
    rt_thread_delay(100000);
    CHECK_ORDER("");
    rt_sem_release(&sem);
    rt_sem_release(&sem);
    CHECK_ORDER("ab");
    CHECK_EQUAL(waiters[0].answer, RT_EOK);
    CHECK_EQUAL(waiters[1].answer, RT_EOK);
    CHECK(waiters[0].waited >= 100000);
    rt_sem_detach(&sem);
}

/* Who gives up leaves the queue; the others keep their places and their limits. */
static void one_gives_up(void)
{
    static struct waiter waiters[3] = {{'a', 20, 1, 0}, {'b', 4, 1, 0}, {'c', 30, 1, 0}};

    rt_sem_init(&sem, "gives up", 0, RT_IPC_FLAG_FIFO);
    for (unsigned i = 0; i < COUNT(waiters); i++)
        spawn(waits, &waiters[i], 5);
    rt_thread_delay(6);
    CHECK_ORDER("b");
    rt_sem_release(&sem);
    CHECK_ORDER("a");
    rt_thread_delay(40);
    CHECK_ORDER("c");
    CHECK_EQUAL(waiters[0].answer, RT_EOK);
    CHECK_EQUAL(waiters[0].waited, 6);
    CHECK_EQUAL(waiters[1].answer, -RT_ETIMEOUT);
    CHECK_EQUAL(waiters[1].waited, 4);
    CHECK_EQUAL(waiters[2].answer, -RT_ETIMEOUT);
    CHECK_EQUAL(waiters[2].waited, 30);
    CHECK_EQUAL(rt_sem_trytake(&sem), -RT_ETIMEOUT);
    rt_sem_detach(&sem);
}

static void takes_twice(void *unused)
{
    CHECK_EQUAL(rt_sem_take(&sem, 5), RT_EOK);
    const rt_tick_t start = rt_tick_get();
    CHECK_EQUAL(rt_sem_take(&sem, 7), -RT_ETIMEOUT);
    CHECK_EQUAL(rt_tick_get() - start, 7); /* nothing is left of the first limit */
    mark('t');
}

static void a_limit_ends_with_its_wait(void)
{
    rt_sem_init(&sem, "ends", 0, RT_IPC_FLAG_FIFO);
    spawn(takes_twice, RT_NULL, 5);
    rt_thread_delay(2);
    rt_sem_release(&sem);
    rt_thread_delay(20);
    CHECK_ORDER("t");
    rt_sem_detach(&sem);
}

/* --- from an interrupt --- */

enum { LINE = 7 };

static void releases(int line, void *unused)
{
    rt_interrupt_enter();
    mark('(');
    rt_sem_release(&sem);
    CHECK_EQUAL(rt_sem_trytake(&sem), -RT_ETIMEOUT);
    mark(')');
    rt_interrupt_leave();
}

/* The waiter runs after the ISR and before the interrupted thread goes on. */
static void release_in_an_isr(void)
{
    static struct waiter waiter = {'w', RT_WAITING_FOREVER, 1, 0};

    rt_sem_init(&sem, "isr", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(LINE, releases, RT_NULL, "release");
    spawn(waits, &waiter, 5);
    mark('1');
    sim_raise(LINE);
    mark('2');
    CHECK_ORDER("1()w2");
    rt_hw_interrupt_mask(LINE);
    rt_sem_detach(&sem);
}

/* --- deletion and reset --- */

static void ends_wake_all(void)
{
    static struct waiter waiters[3];

    for (int round = 0; round <= 1; round++) {
        rt_sem_init(&sem, "end", 0, RT_IPC_FLAG_PRIO);
        for (unsigned i = 0; i < COUNT(waiters); i++) {
            waiters[i] = (struct waiter){(char)('a' + i), i == 1 ? 50 : RT_WAITING_FOREVER, 1, 0};
            spawn(waits, &waiters[i], 12 - i);
        }
        rt_thread_delay(3);
        CHECK_EQUAL(rt_sem_detach(&sem), RT_EOK);
        rt_thread_delay(3);
        CHECK_ORDER("cba"); /* as urgent as they are */
        for (unsigned i = 0; i < COUNT(waiters); i++)
            CHECK_EQUAL(waiters[i].answer, -RT_ERROR);
    }
}

static rt_sem_t made;

static void waits_for_made(void *answer)
{
    *(rt_err_t *)answer = rt_sem_take(made, RT_WAITING_FOREVER);
}

static void delete_wakes_all(void)
{
    rt_err_t answers[2] = {1, 1};

    made = rt_sem_create("made", 0, RT_IPC_FLAG_FIFO);
    spawn(waits_for_made, &answers[0], 5);
    spawn(waits_for_made, &answers[1], 12);
    rt_thread_delay(2);
    CHECK_EQUAL(rt_sem_detach(made), -RT_ERROR); /* dynamic */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_sem_delete(made), RT_EOK);
    rt_thread_delay(2);
    CHECK_EQUAL(answers[0], -RT_ERROR);
    CHECK_EQUAL(answers[1], -RT_ERROR);
}

static void reset_sets_the_value(void)
{
    static struct waiter waiter = {'w', RT_WAITING_FOREVER, 1, 0};

    rt_sem_init(&sem, "reset", 0, RT_IPC_FLAG_FIFO);
    spawn(waits, &waiter, 5);
    CHECK_EQUAL(rt_sem_control(&sem, RT_IPC_CMD_RESET, (void *)2), RT_EOK);
    CHECK_ORDER("w");
    CHECK_EQUAL(waiter.answer, -RT_ERROR);
    CHECK_EQUAL(rt_sem_trytake(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_trytake(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_trytake(&sem), -RT_ETIMEOUT);
    CHECK_EQUAL(rt_sem_control(&sem, RT_IPC_CMD_UNKNOWN, RT_NULL), -RT_ERROR);
    rt_sem_detach(&sem);
}

static void dead_ones_are_diagnosed(void)
{
    static struct rt_semaphore never;

    rt_sem_init(&sem, "dead", 1, RT_IPC_FLAG_FIFO);
    CHECK_EQUAL(rt_sem_delete(&sem), -RT_ERROR); /* static */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    rt_sem_detach(&sem);
    rt_sem_t const dead[] = {&sem, &never, RT_NULL};
    for (unsigned i = 0; i < COUNT(dead); i++) {
        CHECK_EQUAL(rt_sem_take(dead[i], RT_WAITING_FOREVER), -RT_ERROR);
        CHECK_EQUAL(rt_sem_trytake(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_sem_release(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_sem_control(dead[i], RT_IPC_CMD_RESET, RT_NULL), -RT_ERROR);
        CHECK_EQUAL(rt_sem_detach(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_sem_delete(dead[i]), -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 6));
    }
    CHECK_EQUAL(rt_sem_init(RT_NULL, "null", 0, RT_IPC_FLAG_FIFO), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
}

/* --- the value --- */

static void full_at_the_maximum(void)
{
    rt_sem_init(&sem, "full", RT_SEM_VALUE_MAX - 1, RT_IPC_FLAG_FIFO);
    CHECK_EQUAL(rt_sem_release(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_release(&sem), -RT_EFULL);
    CHECK_EQUAL(rt_sem_trytake(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_release(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_release(&sem), -RT_EFULL);
    rt_sem_detach(&sem);
    CHECK_EQUAL(rt_sem_init(&sem, "more", RT_SEM_VALUE_MAX + 1, RT_IPC_FLAG_FIFO), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK(rt_sem_create("more", RT_SEM_VALUE_MAX + 1, RT_IPC_FLAG_FIFO) == RT_NULL);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
}

/* --- many cores --- */

static volatile rt_uint32_t inside, inside_max, rounds;

static void enters_and_leaves(void *unused)
{
    for (int i = 0; i < 50; i++) {
        CHECK_EQUAL(rt_sem_take(&sem, RT_WAITING_FOREVER), RT_EOK);
        rt_base_t level = rt_hw_interrupt_disable();
        if (++inside > inside_max)
            inside_max = inside;
        rounds++;
        rt_hw_interrupt_enable(level);
        sim_spend(sim_random(20));
        level = rt_hw_interrupt_disable();
        inside--;
        rt_hw_interrupt_enable(level);
        rt_sem_release(&sem);
    }
}

static void two_of_six_inside(void)
{
    rt_sem_init(&sem, "two", 2, RT_IPC_FLAG_FIFO);
    inside_max = rounds = 0;
    for (unsigned i = 0; i < 6; i++)
        spawn_anywhere(enters_and_leaves, RT_NULL, 11 + i % 3);
    rt_thread_delay(100);
    CHECK_EQUAL(rounds, 300);
    CHECK_EQUAL(inside, 0);
    CHECK(inside_max <= 2);
    CHECK(inside_max == 2 || kernel.core_count == 1);
    CHECK_EQUAL(rt_sem_trytake(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_trytake(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_trytake(&sem), -RT_ETIMEOUT);
    rt_sem_detach(&sem);
}

static unsigned refused;

static void takes_in_an_isr(int line, void *unused)
{
    const rt_err_t answer = rt_sem_take(&sem, 5);

    if (answer == RT_EOK) {
        sim_spend(sim_random(3));
        rt_sem_release(&sem);
    } else {
        const rt_base_t level = rt_hw_interrupt_disable();
        refused++;
        rt_hw_interrupt_enable(level);
        CHECK_EQUAL(answer, -RT_ERROR);
    }
}

static void raises(void *unused)
{
    for (int i = 0; i < 40; i++)
        sim_raise(LINE);
}

/* An ISR may take a unit that is there, also with a limit; each refusal is told. */
static void races_for_a_unit(void)
{
    refused = 0;
    rt_sem_init(&sem, "race", 1, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(LINE, takes_in_an_isr, RT_NULL, "take");
    for (unsigned i = 0; i < 4; i++)
        spawn_anywhere(raises, RT_NULL, 12);
    rt_thread_delay(20);
    rt_hw_interrupt_mask(LINE);
    CHECK(diagnosed(DIAGNOSIS_CONTEXT, refused));
    CHECK(refused > 0 || kernel.core_count == 1);
    CHECK_EQUAL(rt_sem_trytake(&sem), RT_EOK);
    CHECK_EQUAL(rt_sem_trytake(&sem), -RT_ETIMEOUT);
    rt_sem_detach(&sem);
}

static const struct test_case cases[] = {
    {"waiters leave in order", waiters_leave_in_order},
    {"limits are exact", limits_are_exact},
    {"no waiting", no_waiting},
    {"for ever is long", forever_is_long},
    {"one gives up", one_gives_up},
    {"a limit ends with its wait", a_limit_ends_with_its_wait},
    {"release in an ISR", release_in_an_isr},
    {"ends wake all", ends_wake_all},
    {"delete wakes all", delete_wakes_all},
    {"reset sets the value", reset_sets_the_value},
    {"dead ones are diagnosed", dead_ones_are_diagnosed},
    {"full at the maximum", full_at_the_maximum},
    {"two of six inside", two_of_six_inside},
    {"races for a unit", races_for_a_unit},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
