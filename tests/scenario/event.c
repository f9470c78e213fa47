/*
 * Events: whose wish comes true by which flags, what is cleared, order, time limits, send in an
 * ISR, deletion and reset, meeting.
 */
#include "check.h"

enum { AND = RT_EVENT_FLAG_AND, OR = RT_EVENT_FLAG_OR, CLEAR = RT_EVENT_FLAG_CLEAR };

static struct rt_event event;

struct waiter {
    rt_uint32_t set;
    rt_uint8_t option;
    rt_uint8_t priority;
    char letter;
    rt_int32_t limit;
    rt_uint32_t got;
    rt_err_t answer;
};

static void waits(void *argument)
{
    struct waiter *const self = argument;

    self->answer = rt_event_recv(&event, self->set, self->option, self->limit, &self->got);
    mark(self->letter);
}

static void start(struct waiter *waiter)
{
    waiter->answer = 1;
    waiter->got = 0;
    if (waiter->limit == 0)
        waiter->limit = RT_WAITING_FOREVER;
    spawn(waits, waiter, waiter->priority);
    rt_thread_delay(1);
}

/* --- wishes: one waiter, flags sent one after the other --- */

static const struct {
    rt_uint32_t set;
    rt_uint8_t option;
    rt_uint32_t sends[3];
    unsigned needed; /* so many of them make it come true */
    rt_uint32_t got, left;
} wishes[] = {
    {0x1, AND, {0x1}, 1, 0x1, 0x1},
    {0x3, AND, {0x1, 0x2}, 2, 0x3, 0x3},
    {0x3, AND | CLEAR, {0x1, 0x6}, 2, 0x3, 0x4},
    {0x3, OR, {0x4, 0x2}, 2, 0x2, 0x6},
    {0x3, OR | CLEAR, {0x8, 0x6}, 2, 0x2, 0xc},
    {0x3, OR | CLEAR, {0x7}, 1, 0x3, 0x4},
    {0x80000001, AND | CLEAR, {0x80000000, 0x10, 0x1}, 3, 0x80000001, 0x10},
    {0x5, AND | OR, {0x1, 0x4}, 2, 0x5, 0x5}, /* AND counts */
};

static void a_wish_comes_true(void)
{
    static struct waiter waiter;

    for (unsigned i = 0; i < COUNT(wishes); i++) {
        rt_event_init(&event, "wish", RT_IPC_FLAG_FIFO);
        waiter = (struct waiter){wishes[i].set, wishes[i].option, 5, 'w', 0, 0, 0};
        start(&waiter);
        for (unsigned j = 0; j < wishes[i].needed; j++) {
            CHECK_ORDER("");
            CHECK_EQUAL(rt_event_send(&event, wishes[i].sends[j]), RT_EOK);
        }
        CHECK_ORDER("w");
        CHECK_EQUAL(waiter.answer, RT_EOK);
        CHECK_EQUAL(waiter.got, wishes[i].got);
        CHECK_EQUAL(event.event.flags, wishes[i].left);
        rt_event_detach(&event);
    }
}

/* The same when the flags are there before. */
static void a_wish_is_true_already(void)
{
    for (unsigned i = 0; i < COUNT(wishes); i++) {
        rt_uint32_t got = 0;

        rt_event_init(&event, "true", RT_IPC_FLAG_PRIO);
        for (unsigned j = 0; j < wishes[i].needed; j++) {
            CHECK_EQUAL(rt_event_recv(&event, wishes[i].set, wishes[i].option, 0, &got),
                        -RT_ETIMEOUT);
            rt_event_send(&event, wishes[i].sends[j]);
        }
        CHECK_EQUAL(rt_event_recv(&event, wishes[i].set, wishes[i].option, 0, &got), RT_EOK);
        CHECK_EQUAL(got, wishes[i].got);
        CHECK_EQUAL(event.event.flags, wishes[i].left);
        rt_event_detach(&event);
    }
}

/* --- many waiters --- */

#define W(set, option, priority, letter)                                                           \
    {                                                                                              \
        set, option, priority, letter, 0, 0, 0                                                     \
    }

static const struct {
    const char *what;
    rt_uint8_t flag;
    struct waiter waiters[4];
    rt_uint32_t send;
    const char *order;
    rt_uint32_t left;
} crowds[] = {
    {"one flag wakes all, in order of arrival",
     RT_IPC_FLAG_FIFO,
     {W(1, AND, 12, 'a'), W(1, OR, 12, 'b'), W(1, OR, 12, 'c'), W(1, AND, 12, 'd')},
     1,
     "dcba", /* each goes to the head of the ready ones */
     1},
    {"what one clears the others have seen",
     RT_IPC_FLAG_FIFO,
     {W(1, AND | CLEAR, 12, 'a'), W(3, AND, 13, 'b'), W(2, OR | CLEAR, 14, 'c'),
      W(4, AND, 11, 'd')},
     3,
     "abc",
     0},
    {"order of priority",
     RT_IPC_FLAG_PRIO,
     {W(1, OR, 15, 'a'), W(1, OR, 12, 'b'), W(1, OR, 14, 'c'), W(1, OR, 13, 'd')},
     1,
     "bdca",
     1},
    {"who waits for other flags stays",
     RT_IPC_FLAG_PRIO,
     {W(1, OR, 15, 'a'), W(2, OR, 12, 'b'), W(5, AND, 11, 'c'), W(7, OR | CLEAR, 13, 'd')},
     4,
     "d",
     0},
};

static void crowds_wake(void)
{
    static struct waiter waiters[4];

    for (unsigned i = 0; i < COUNT(crowds); i++) {
        case_name = crowds[i].what;
        rt_event_init(&event, "crowd", crowds[i].flag);
        for (unsigned j = 0; j < COUNT(waiters); j++) {
            waiters[j] = crowds[i].waiters[j];
            start(&waiters[j]);
        }
        rt_event_send(&event, crowds[i].send);
        CHECK_EQUAL(event.event.flags, crowds[i].left);
        rt_thread_delay(1);
        CHECK_ORDER(crowds[i].order);
        rt_event_detach(&event);
        rt_thread_delay(1);
        mark('.');
        rt_thread_delay(1);
        for (unsigned j = 0; j < COUNT(waiters); j++)
            CHECK_EQUAL(waiters[j].answer,
                        strchr(crowds[i].order, waiters[j].letter) != RT_NULL ? RT_EOK : -RT_ERROR);
        forget_order();
    }
}

/* --- time --- */

static void check_limits(void)
{
    static const rt_int32_t limits[] = {1, 2, 7, 120};
    rt_uint32_t got = 77;

    rt_event_init(&event, "limit", RT_IPC_FLAG_FIFO);
    rt_event_send(&event, 4);
    for (unsigned i = 0; i < COUNT(limits); i++) {
        align();
        const rt_tick_t start = rt_tick_get();
        CHECK_EQUAL(rt_event_recv(&event, 3, OR, limits[i], &got), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
        CHECK_EQUAL(rt_event_recv(&event, 6, AND | CLEAR, RT_WAITING_NO, &got), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
    }
    CHECK_EQUAL(got, 77); /* untouched */
    CHECK_EQUAL(event.event.flags, 4);
    rt_event_detach(&event);
}

static void limits_are_exact(void)
{
    idle_and_busy(check_limits);
}

static void wrong_calls(void)
{
    static struct rt_event never;
    rt_uint32_t got;

    rt_event_init(&event, "wrong", RT_IPC_FLAG_FIFO);
    CHECK_EQUAL(rt_event_send(&event, 0), -RT_ERROR);
    CHECK_EQUAL(rt_event_recv(&event, 0, OR, RT_WAITING_FOREVER, &got), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_KINDS, 0));
    CHECK_EQUAL(rt_event_recv(&event, 1, CLEAR, RT_WAITING_FOREVER, &got), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_event_control(&event, RT_IPC_CMD_UNKNOWN, RT_NULL), -RT_ERROR);
    CHECK_EQUAL(rt_event_delete(&event), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    rt_event_detach(&event);
    rt_event_t const dead[] = {&event, &never, RT_NULL};
    for (unsigned i = 0; i < COUNT(dead); i++) {
        CHECK_EQUAL(rt_event_send(dead[i], 1), -RT_ERROR);
        CHECK_EQUAL(rt_event_recv(dead[i], 1, OR, RT_WAITING_FOREVER, &got), -RT_ERROR);
        CHECK_EQUAL(rt_event_control(dead[i], RT_IPC_CMD_RESET, RT_NULL), -RT_ERROR);
        CHECK_EQUAL(rt_event_detach(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_event_delete(dead[i]), -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 5));
    }
}

/* --- from an interrupt; endings --- */

enum { LINE = 9 };

static void sends_in_isr(int line, void *flags)
{
    rt_uint32_t got;

    mark('(');
    CHECK_EQUAL(rt_event_send(&event, (rt_uint32_t)(rt_ubase_t)flags), RT_EOK);
    CHECK_EQUAL(rt_event_recv(&event, 1, OR, RT_WAITING_NO, &got), -RT_ERROR);
    mark(')');
}

static void send_in_an_isr(void)
{
    static struct waiter waiter = {2, AND | CLEAR, 5, 'w', 0, 0, 0};

    rt_event_init(&event, "isr", RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(LINE, sends_in_isr, (void *)2, "event");
    start(&waiter);
    mark('1');
    sim_raise(LINE);
    mark('2');
    CHECK_ORDER("1()w2");
    CHECK(diagnosed(DIAGNOSIS_CONTEXT, 1));
    rt_hw_interrupt_mask(LINE);
    rt_event_detach(&event);
}

static rt_event_t made;

static void waits_for_made(void *answer)
{
    rt_uint32_t got;

    *(rt_err_t *)answer = rt_event_recv(made, 6, AND, RT_WAITING_FOREVER, &got);
}

static void ends_wake_all(void)
{
    for (int deletes = 0; deletes <= 1; deletes++) {
        rt_err_t answers[3] = {1, 1, 1};

        made = rt_event_create("made", RT_IPC_FLAG_PRIO);
        rt_event_send(made, 2);
        for (unsigned i = 0; i < COUNT(answers); i++)
            spawn(waits_for_made, &answers[i], 12 + i);
        rt_thread_delay(2);
        if (deletes)
            CHECK_EQUAL(rt_event_delete(made), RT_EOK);
        else
            CHECK_EQUAL(rt_event_control(made, RT_IPC_CMD_RESET, RT_NULL), RT_EOK);
        rt_thread_delay(2);
        for (unsigned i = 0; i < COUNT(answers); i++)
            CHECK_EQUAL(answers[i], -RT_ERROR);
        if (!deletes) {
            CHECK_EQUAL(made->event.flags, 0);
            rt_event_delete(made);
        }
    }
}

static void resumed_and_deleted(void)
{
    static struct waiter waiters[2] = {{1, OR, 12, 'a', 0, 0, 0}, {1, OR, 12, 'b', 0, 0, 0}};

    rt_event_init(&event, "leave", RT_IPC_FLAG_PRIO);
    waiters[0].answer = waiters[1].answer = 1;
    waiters[0].limit = waiters[1].limit = RT_WAITING_FOREVER;
    const rt_thread_t first = spawn(waits, &waiters[0], 12);
    const rt_thread_t second = spawn(waits, &waiters[1], 12);
    rt_thread_delay(1);
    CHECK_EQUAL(rt_thread_resume(first), RT_EOK);
    CHECK_EQUAL(rt_thread_delete(second), RT_EOK);
    rt_event_send(&event, 1); /* to nobody */
    rt_thread_delay(1);
    CHECK_ORDER("a");
    CHECK_EQUAL(waiters[0].answer, -RT_EINTR);
    rt_event_detach(&event);
}

/* --- meeting (event_sync): none goes on before all have come --- */

static rt_uint32_t arrived, met;

static void meets(void *bit)
{
    for (unsigned round = 1; round <= 5; round++) {
        const uint32_t mine = 1u << (rt_ubase_t)bit;
        uint32_t found;

        sim_spend(sim_random(300));
        rt_base_t level = rt_hw_interrupt_disable();
        arrived++;
        rt_hw_interrupt_enable(level);
        CHECK_EQUAL(event_sync(&event.event, mine, 7, WAIT_FOREVER, &found), TAKEN);
        CHECK_EQUAL(found & 7, 7);
        CHECK(arrived >= 3 * round);
        level = rt_hw_interrupt_disable();
        met++;
        rt_hw_interrupt_enable(level);
    }
}

static void all_meet(void)
{
    uint32_t found;

    rt_event_init(&event, "meet", RT_IPC_FLAG_PRIO);
    arrived = met = 0;
    for (unsigned i = 0; i < 3; i++)
        spawn_anywhere(meets, (void *)(rt_ubase_t)i, 12);
    rt_thread_delay(60);
    CHECK_EQUAL(arrived, 15);
    CHECK_EQUAL(met, 15);
    CHECK_EQUAL(event.event.flags, 0); /* cleared by those who met */
    const rt_tick_t start = rt_tick_get();
    CHECK_EQUAL(event_sync(&event.event, 1, 3, 4, &found), TAKE_TIMEOUT);
    CHECK_EQUAL(rt_tick_get() - start, 4);
    CHECK_EQUAL(found, 1); /* what was there when it gave up */
    CHECK_EQUAL(event_clear(&event.event, 1), 0);
    event_set(&event.event, 6); /* who comes last clears, though nobody waits */
    CHECK_EQUAL(event_sync(&event.event, 1, 3, 0, &found), TAKEN);
    CHECK_EQUAL(found, 7);
    CHECK_EQUAL(event.event.flags, 4);
    rt_event_detach(&event);
}

static const struct test_case cases[] = {
    {"a wish comes true", a_wish_comes_true},
    {"a wish is true already", a_wish_is_true_already},
    {"crowds wake", crowds_wake},
    {"wrong calls", wrong_calls},
    {"send in an ISR", send_in_an_isr},
    {"ends wake all", ends_wake_all},
    {"resumed and deleted", resumed_and_deleted},
};

static const struct test_case exact_cases[] = {
    {"limits are exact", limits_are_exact},
    {"all meet", all_meet},
};

int main(void)
{
    return run_cases(cases, COUNT(cases)) | run_exact_cases(exact_cases, COUNT(exact_cases));
}
