/*
 * What the kernel's objects can do beyond RT-Thread's calls, for the calls of other RTOSes that sit
 * on them: units and mutexes that go to whoever is first, inheritance that ends with the last
 * mutex, queues that overwrite and are peeked at, streams, notifications, timers that keep their
 * pace and calls to the timer task, the ways to suspend a task that waits. Straight on the kernel.
 */
#include "check.h"

#include "../../kernel/ipc/notify.h"
#include "../../kernel/ipc/stream.h"

static enum take_result answer;
static rt_tick_t took;

/* --- semaphores and mutexes that go to whoever is first --- */

static struct semaphore sem;

static void takes_unit(void *limit)
{
    const rt_tick_t start = rt_tick_get();

    answer = semaphore_take(&sem, (uint32_t)(rt_ubase_t)limit);
    took = rt_tick_get() - start;
    mark('s');
}

static void a_unit_for_any(void)
{
    for (int any = 0; any <= 1; any++) {
        semaphore_init(&sem, "any", 0, 5, WAIT_PRIORITY);
        sem.hand_over = any ? HAND_TO_ANY : HAND_TO_WAITER;
        spawn(takes_unit, (void *)10, 12);
        rt_thread_delay(4);
        CHECK(semaphore_give(&sem));
        CHECK_EQUAL(semaphore_take(&sem, 0), any ? TAKEN : TAKE_EMPTY);
        rt_thread_delay(20);
        CHECK_ORDER("s");
        CHECK_EQUAL(answer, any ? TAKE_TIMEOUT : TAKEN);
        CHECK_EQUAL(took, any ? 10 : 4);
        spawn(takes_unit, (void *)10, 12);
        rt_thread_delay(1);
        semaphore_give(&sem);
        semaphore_delete(&sem); /* told to look, or given */
        rt_thread_delay(1);
        CHECK_ORDER("s");
        CHECK_EQUAL(answer, any ? TAKE_DELETED : TAKEN);
    }
}

static struct mutex a, b;

static void takes_mutex(void *limit)
{
    const rt_tick_t start = rt_tick_get();

    answer = mutex_take(&a, (uint32_t)(rt_ubase_t)limit);
    took = rt_tick_get() - start;
    mark('m');
    if (answer == TAKEN)
        mutex_release(&a);
}

static void a_mutex_for_any(void)
{
    for (int any = 0; any <= 1; any++) {
        mutex_init(&a, "any", WAIT_PRIORITY, 1);
        a.hand_over = any ? HAND_TO_ANY : HAND_TO_WAITER;
        CHECK_EQUAL(mutex_take(&a, 0), TAKEN);
        spawn(takes_mutex, (void *)30, 12);
        rt_thread_delay(4);
        CHECK(mutex_release(&a));
        CHECK_EQUAL(mutex_take(&a, 0), any ? TAKEN : TAKE_EMPTY);
        rt_thread_delay(4);
        CHECK_ORDER(any ? "" : "m");
        if (any) {
            CHECK(mutex_release(&a));
            rt_thread_delay(2);
            CHECK_ORDER("m");
        }
        CHECK_EQUAL(answer, TAKEN);
        CHECK_EQUAL(took, any ? 8 : 4);
        mutex_delete(&a);
    }
}

static void takes_its_own(void)
{
    mutex_init(&a, "own", WAIT_PRIORITY, 1);
    CHECK_EQUAL(mutex_take(&a, 0), TAKEN);
    CHECK_EQUAL(mutex_take(&a, 5), TAKE_OVERFLOW);
    a.waits_for_itself = true;
    align();
    const rt_tick_t start = rt_tick_get();
    CHECK_EQUAL(mutex_take(&a, 5), TAKE_TIMEOUT);
    CHECK_EQUAL(rt_tick_get() - start, 5);
    CHECK_EQUAL(mutex_take(&a, 0), TAKE_EMPTY);
    CHECK(mutex_release(&a));
    CHECK(!mutex_release(&a));
    mutex_delete(&a);
}

/* --- inheritance --- */

static void waits_for_a(void *limit)
{
    if (mutex_take(&a, (uint32_t)(rt_ubase_t)limit) == TAKEN)
        mutex_release(&a);
}

static void holds_b_and_waits_for_a(void *unused)
{
    mutex_take(&b, WAIT_FOREVER);
    waits_for_a((void *)(rt_ubase_t)WAIT_FOREVER);
    mutex_release(&b);
}

static void waits_for_b(void *unused)
{
    if (mutex_take(&b, WAIT_FOREVER) == TAKEN)
        mutex_release(&b);
}

static void init_both(enum inheritance inheritance)
{
    mutex_init(&a, "a", WAIT_PRIORITY, 1);
    mutex_init(&b, "b", WAIT_PRIORITY, 1);
    a.inheritance = b.inheritance = inheritance;
}

/* main (10) holds a and b; a waiter of 5 comes for a, and main gives a back before b. */
static void given_back_with_the_last(void)
{
    static const struct {
        enum inheritance inheritance;
        unsigned waiting, one_left, none_left;
    } table[] = {{INHERIT_CHAIN, 5, 10, 10}, {INHERIT_ONCE, 5, 5, 10}, {INHERIT_NOT, 10, 10, 10}};

    for (unsigned i = 0; i < COUNT(table); i++) {
        init_both(table[i].inheritance);
        mutex_take(&a, 0);
        mutex_take(&b, 0);
        spawn(waits_for_a, (void *)(rt_ubase_t)WAIT_FOREVER, 5);
        rt_thread_delay(1);
        CHECK_EQUAL(priority_of(rt_thread_self()), table[i].waiting);
        mutex_release(&a);
        rt_thread_delay(1);
        CHECK_EQUAL(priority_of(rt_thread_self()), table[i].one_left);
        mutex_release(&b);
        CHECK_EQUAL(priority_of(rt_thread_self()), table[i].none_left);
        mutex_delete(&a);
        mutex_delete(&b);
    }
}

/* The waiter gives up: with one mutex the priority falls, with two of INHERIT_ONCE it stays. */
static void given_back_after_a_timeout(void)
{
    static const struct {
        enum inheritance inheritance;
        bool two;
        unsigned then;
    } table[] = {{INHERIT_CHAIN, false, 10},
                 {INHERIT_CHAIN, true, 10},
                 {INHERIT_ONCE, false, 10},
                 {INHERIT_ONCE, true, 5}};

    for (unsigned i = 0; i < COUNT(table); i++) {
        init_both(table[i].inheritance);
        mutex_take(&a, 0);
        if (table[i].two)
            mutex_take(&b, 0);
        spawn(waits_for_a, (void *)4, 5);
        rt_thread_delay(2);
        CHECK_EQUAL(priority_of(rt_thread_self()), 5);
        rt_thread_delay(4);
        CHECK_EQUAL(priority_of(rt_thread_self()), table[i].then);
        mutex_release(&a);
        if (table[i].two)
            mutex_release(&b);
        CHECK_EQUAL(priority_of(rt_thread_self()), 10);
        mutex_delete(&a);
        mutex_delete(&b);
    }
}

static void along_a_chain(void)
{
    static const struct {
        enum inheritance inheritance;
        unsigned main, middle;
    } table[] = {{INHERIT_CHAIN, 3, 3}, {INHERIT_ONCE, 8, 3}, {INHERIT_NOT, 10, 8}};

    for (unsigned i = 0; i < COUNT(table); i++) {
        init_both(table[i].inheritance);
        mutex_take(&a, 0);
        const rt_thread_t middle = spawn(holds_b_and_waits_for_a, RT_NULL, 8);
        rt_thread_delay(1);
        spawn(waits_for_b, RT_NULL, 3);
        rt_thread_delay(1);
        CHECK_EQUAL(priority_of(rt_thread_self()), table[i].main);
        CHECK_EQUAL(priority_of(middle), table[i].middle);
        mutex_release(&a);
        rt_thread_delay(2);
        CHECK(a.owner == NULL && b.owner == NULL);
        mutex_delete(&a);
        mutex_delete(&b);
    }
}

static void keeps_a(void *unused)
{
    mutex_take(&a, WAIT_FOREVER);
    rt_thread_delay(2);
    mutex_release(&a);
}

/* Waiters in order of arrival: the most urgent one counts all the same, also to the next owner. */
static void inherits_from_any_place(void)
{
    mutex_init(&a, "fifo", WAIT_FIFO, 1);
    mutex_take(&a, 0);
    const rt_thread_t heir = spawn(keeps_a, RT_NULL, 9);
    spawn(waits_for_a, (void *)(rt_ubase_t)WAIT_FOREVER, 4);
    rt_thread_delay(1);
    CHECK_EQUAL(priority_of(rt_thread_self()), 4);
    mutex_release(&a);
    CHECK_EQUAL(priority_of(heir), 4);
    rt_thread_delay(4);
    CHECK(a.owner == NULL);
    mutex_delete(&a);
}

/* --- queues --- */

static struct queue queue;
static uint32_t slots[4];

static void open_queue(uint32_t count)
{
    const struct queue_layout layout = {
        .storage = slots, .slots = count, .item_bytes = 4, .slot_bytes = 4};

    queue_init(&queue, &layout, WAIT_PRIORITY, "queue", "q");
}

static enum take_result put(uint32_t value, enum queue_place place)
{
    const struct queue_item item = {.data = &value, .bytes = 4};

    return queue_send(&queue, &item, place, 0);
}

static uint32_t got(enum take_result (*call)(struct queue *, struct queue_item *, uint32_t))
{
    uint32_t value = 999;
    struct queue_item item = {.data = &value, .bytes = 4};

    answer = call(&queue, &item, 0);
    return value;
}

static void peeks(void *letter)
{
    uint32_t value = 0;
    struct queue_item item = {.data = &value, .bytes = 4};

    CHECK_EQUAL(queue_peek(&queue, &item, WAIT_FOREVER), TAKEN);
    CHECK_EQUAL(value, 8);
    mark((char)(rt_ubase_t)letter);
}

static void peek_and_overwrite(void)
{
    open_queue(1);
    CHECK_EQUAL(got(queue_peek), 999);
    CHECK_EQUAL(answer, TAKE_EMPTY);
    CHECK_EQUAL(put(1, QUEUE_OVERWRITE), TAKEN);
    CHECK_EQUAL(put(2, QUEUE_OVERWRITE), TAKEN);
    CHECK_EQUAL(put(3, QUEUE_BACK), TAKE_EMPTY);
    CHECK_EQUAL(got(queue_peek), 2);
    CHECK_EQUAL(got(queue_peek), 2);
    CHECK_EQUAL(got(queue_receive), 2);
    CHECK_EQUAL(got(queue_receive), 999);
    spawn(peeks, (void *)'x', 12); /* one item, and all who wait to peek see it */
    spawn(peeks, (void *)'y', 13);
    rt_thread_delay(1);
    put(8, QUEUE_BACK);
    rt_thread_delay(1);
    CHECK_ORDER("xy");
    CHECK_EQUAL(queue.count, 1);
    queue_reset(&queue, false);
    CHECK_EQUAL(queue.count, 0);
    queue_delete(&queue);
}

static void sends_one(void *value)
{
    const uint32_t word = (uint32_t)(rt_ubase_t)value;
    const struct queue_item item = {.data = (void *)&word, .bytes = 4};

    answer = queue_send(&queue, &item, QUEUE_BACK, WAIT_FOREVER);
    mark('v');
}

/* FreeRTOS's reset: senders come in, receivers wait on. */
static void reset_lets_senders_in(void)
{
    open_queue(1);
    put(1, QUEUE_BACK);
    spawn(sends_one, (void *)5, 12);
    rt_thread_delay(1);
    queue_reset(&queue, true);
    rt_thread_delay(1);
    CHECK_ORDER("v");
    CHECK_EQUAL(answer, TAKEN);
    CHECK_EQUAL(got(queue_receive), 5);
    queue_delete(&queue);
}

/* --- streams --- */

static struct stream stream;
static uint8_t ring[16];
static uint8_t text[32];
static uint32_t count;

static void receives_text(void *limit)
{
    const rt_tick_t start = rt_tick_get();

    rt_memset(text, 0, sizeof text);
    count = stream_receive(&stream, text, sizeof text, (uint32_t)(rt_ubase_t)limit);
    took = rt_tick_get() - start;
    mark('r');
}

static void sends_text(void *what)
{
    const rt_tick_t start = rt_tick_get();

    count = stream_send(&stream, what, (uint32_t)strlen(what), 10);
    took = rt_tick_get() - start;
    mark('s');
}

static bool text_is(const char *expected)
{
    return count == strlen(expected) && rt_memcmp(text, expected, count) == 0;
}

static void trigger_level(void)
{
    stream_init(&stream, STREAM_BYTES, ring, sizeof ring, 4, "stream");
    spawn(receives_text, (void *)10, 12);
    rt_thread_delay(1);
    CHECK_EQUAL(stream_send(&stream, "abc", 3, 0), 3);
    rt_thread_delay(2);
    CHECK_ORDER("");
    CHECK_EQUAL(stream_send(&stream, "d", 1, 0), 1);
    rt_thread_delay(1);
    CHECK_ORDER("r");
    CHECK(text_is("abcd"));
    spawn(receives_text, (void *)10, 12); /* its time ends below the level */
    rt_thread_delay(1);
    stream_send(&stream, "ef", 2, 0);
    rt_thread_delay(20);
    CHECK_ORDER("r");
    CHECK(text_is("ef"));
    CHECK_EQUAL(took, 10);
    stream_send(&stream, "g", 1, 0); /* what is there before is enough */
    receives_text((void *)10);
    CHECK_ORDER("r");
    CHECK(text_is("g"));
    CHECK_EQUAL(took, 0);
    CHECK(!stream_set_trigger(&stream, 17));
    CHECK(stream_set_trigger(&stream, 1));
    spawn(receives_text, (void *)10, 12);
    rt_thread_delay(1);
    stream_send(&stream, "h", 1, 0);
    rt_thread_delay(1);
    CHECK_ORDER("r");
    CHECK(text_is("h"));
    stream_delete(&stream);
}

static void batches(void)
{
    stream_init(&stream, STREAM_BATCHES, ring, sizeof ring, 4, "batch");
    stream_send(&stream, "abcd", 4, 0);
    receives_text(0);
    CHECK_ORDER("r");
    CHECK_EQUAL(count, 0); /* no more than the level */
    spawn(receives_text, (void *)10, 12);
    rt_thread_delay(1);
    stream_send(&stream, "e", 1, 0);
    rt_thread_delay(1);
    CHECK_ORDER("r");
    CHECK(text_is("abcde"));
    stream_delete(&stream);
}

/* The ring is full and wraps: 16 bytes of room, in parts. */
static void a_full_stream(void)
{
    stream_init(&stream, STREAM_BYTES, ring, sizeof ring, 1, "full");
    for (unsigned round = 0; round < 20; round++) {
        CHECK_EQUAL(stream_send(&stream, "0123456789abcdef!", 17, 0), 16);
        CHECK_EQUAL(stream_send(&stream, "!", 1, 0), 0);
        CHECK_EQUAL(stream_receive(&stream, text, 5, 0), 5);
        CHECK(rt_memcmp(text, "01234", 5) == 0);
        CHECK_EQUAL(stream_send(&stream, "xyz", 3, 0), 3);
        receives_text(0);
        CHECK(text_is("56789abcdefxyz"));
        CHECK_EQUAL(stream_send(&stream, "odd", 3, 0), 3); /* starts elsewhere next time */
        receives_text(0);
    }
    forget_order();
    stream_send(&stream, "0123456789ab", 12, 0);
    spawn(sends_text, "ABCDEF", 12); /* waits until all fits */
    rt_thread_delay(2);
    CHECK_EQUAL(stream_receive(&stream, text, 1, 0), 1);
    rt_thread_delay(1);
    CHECK_ORDER("");
    CHECK_EQUAL(stream_receive(&stream, text, 1, 0), 1);
    rt_thread_delay(1);
    CHECK_ORDER("s");
    CHECK_EQUAL(count, 6);
    spawn(sends_text, "GHI", 12); /* its time ends: what fits */
    rt_thread_delay(5);
    CHECK(!stream_reset(&stream));
    CHECK_EQUAL(stream_receive(&stream, text, 2, 0), 2);
    rt_thread_delay(10);
    CHECK_ORDER("s");
    CHECK_EQUAL(count, 2);
    CHECK_EQUAL(took, 10);
    CHECK(stream_reset(&stream));
    CHECK_EQUAL(stream.count, 0);
    stream_delete(&stream);
}

static void messages(void)
{
    stream_init(&stream, STREAM_MESSAGES, ring, sizeof ring, 1, "messages");
    CHECK_EQUAL(stream_send(&stream, "one", 3, 0), 3);
    CHECK_EQUAL(stream_send(&stream, "three", 5, 0), 5); /* 7 + 9: full */
    CHECK_EQUAL(stream_send(&stream, "x", 1, 0), 0);
    CHECK_EQUAL(stream_next_message(&stream), 3);
    CHECK_EQUAL(stream_receive(&stream, text, 2, 0), 0); /* no room: it stays */
    receives_text(0);
    CHECK(text_is("one"));
    spawn(sends_text, "seven77", 12);
    rt_thread_delay(1);
    receives_text(0);
    CHECK(text_is("three"));
    rt_thread_delay(1);
    receives_text(0);
    CHECK(text_is("seven77"));
    CHECK_ORDER("rrsr");
    align();
    const rt_tick_t start = rt_tick_get();
    CHECK_EQUAL(stream_send(&stream, "too long for it", 13, 50), 0); /* never fits: no waiting */
    CHECK_EQUAL(rt_tick_get(), start);
    stream_send(&stream, "ab", 2, 0);
    rt_memset(ring, 0xff, sizeof ring); /* the application wrote over it */
    receives_text(0);
    CHECK_EQUAL(count, 2);
    spawn(receives_text, (void *)(rt_ubase_t)WAIT_FOREVER, 12);
    rt_thread_delay(1);
    stream_delete(&stream);
    rt_thread_delay(1);
    CHECK_EQUAL(count, 0);
    CHECK_ORDER("rr");
}

/* --- notifications --- */

static struct notification note;
static uint32_t found;

static void waits_for_note(void *limit)
{
    const rt_tick_t start = rt_tick_get();

    answer = notify_wait(&note, 0xf, 0xf0, (uint32_t)(rt_ubase_t)limit, &found);
    took = rt_tick_get() - start;
    mark('n');
}

static void notifications(void)
{
    uint32_t before = 77;

    notification_init(&note, "note");
    spawn(waits_for_note, (void *)20, 12);
    rt_thread_delay(3);
    CHECK(notify(&note, NOTIFY_SET_BITS, 0x33, &before));
    CHECK_EQUAL(before, 0);
    rt_thread_delay(1);
    CHECK_ORDER("n");
    CHECK_EQUAL(answer, TAKEN);
    CHECK_EQUAL(found, 0x33);
    CHECK_EQUAL(note.value, 3); /* 0xf0 was cleared */
    CHECK(notify(&note, NOTIFY_WRITE, 9, RT_NULL));
    CHECK(!notify(&note, NOTIFY_WRITE, 10, RT_NULL)); /* one is pending */
    CHECK(notify(&note, NOTIFY_OVERWRITE, 11, RT_NULL));
    waits_for_note(0); /* pending: no waiting, and nothing is cleared first */
    CHECK_EQUAL(answer, TAKEN);
    CHECK_EQUAL(found, 11);
    waits_for_note((void *)5);
    CHECK_EQUAL(answer, TAKE_TIMEOUT);
    CHECK_EQUAL(took, 5);
    CHECK_EQUAL(found, 0); /* 0xf was cleared first */
    CHECK_ORDER("nn");
    for (unsigned i = 0; i < 3; i++)
        notify(&note, NOTIFY_INCREMENT, 0, RT_NULL);
    CHECK_EQUAL(notify_take(&note, false, 5), 3);
    CHECK_EQUAL(notify_take(&note, true, 5), 2);
    CHECK_EQUAL(notify_take(&note, true, 5), 0);
    notify(&note, NOTIFY_ONLY, 5, RT_NULL);
    CHECK(notify_cancel(&note));
    CHECK(!notify_cancel(&note));
    notify(&note, NOTIFY_OVERWRITE, 0xff, RT_NULL);
    CHECK_EQUAL(notify_clear(&note, 0xf), 0xff);
    CHECK_EQUAL(note.value, 0xf0);
}

/* --- timers --- */

static struct timer_service service;
static struct timer_call calls[3];
static struct timer timer;
static rt_tick_t fired_at[8];
static unsigned fired;

static void slow_at_first(void *unused)
{
    if (fired < COUNT(fired_at))
        fired_at[fired] = rt_tick_get();
    if (fired++ == 0)
        sim_spend(12000);
}

/* Periods count from the deadline: what was missed comes at once, and then it is on time again. */
static void keeps_its_pace(void)
{
    static const rt_tick_t expected[] = {5, 17, 17, 20, 25, 30};

    fired = 0;
    timer_init(&timer, "pace", slow_at_first, RT_NULL, 5, true);
    timer.service = &kernel.timers;
    timer.pace = TIMER_FROM_DEADLINE;
    align();
    const rt_tick_t start = rt_tick_get();
    timer_start(&timer);
    rt_thread_delay(32);
    CHECK(timer_stop(&timer));
    CHECK(!timer_stop(&timer));
    CHECK_EQUAL(fired, COUNT(expected));
    for (unsigned i = 0; i < COUNT(expected); i++)
        CHECK_EQUAL(fired_at[i] - start, expected[i]);
    timer_start_at(&timer, rt_tick_get() - 7); /* it should have run two ticks ago */
    rt_thread_delay(1);
    CHECK_EQUAL(fired, COUNT(expected) + 1);
    timer_end(&timer);
}

static void marks_value(void *object, uint32_t value)
{
    CHECK(object == &calls);
    mark((char)value);
}

static void starts_timer(void *object, uint32_t tick)
{
    timer_start_at(object, tick);
}

static void marks_t(void *unused)
{
    mark('t');
}

static void serves(void *unused)
{
    timer_serve(&service);
}

/* A timer task that is told what to do by calls: in their order, by its priority, three at a time.
 */
static void a_task_of_commands(void)
{
    struct timer_call call = {marks_value, &calls, 'a'};
    const rt_thread_t thread = prepare(serves, RT_NULL, 12);

    timer_service_init(&service, &thread->task, calls, COUNT(calls), "commands");
    timer_init(&timer, "command", marks_t, RT_NULL, 3, false);
    timer.service = &service;
    rt_thread_startup(thread);
    rt_thread_delay(1);
    for (call.value = 'a'; call.value < 'd'; call.value++)
        CHECK_EQUAL(timer_post(&service, &call, 0), TAKEN);
    CHECK_EQUAL(timer_post(&service, &call, 0), TAKE_EMPTY);
    CHECK_ORDER(""); /* it is less urgent than main */
    CHECK_EQUAL(timer_post(&service, &call, 5), TAKEN);
    rt_thread_delay(1);
    CHECK_ORDER("abcd");
    CHECK_EQUAL(timer_post(&service, &(struct timer_call){starts_timer, &timer, rt_tick_get()}, 0),
                TAKEN);
    rt_thread_delay(2);
    CHECK_ORDER("");
    rt_thread_delay(2);
    CHECK_ORDER("t");
    timer_end(&timer);
    rt_thread_delete(thread);
}

/* --- suspending a task that waits --- */

static void suspended_while_it_waits(void)
{
    static const struct {
        enum suspend_blocked how;
        bool possible;
        enum take_result answer; /* given at 5, resumed at 10, limit 20 */
        rt_tick_t took;
    } table[] = {{SUSPEND_NOT, false, TAKEN, 5},
                 {SUSPEND_ENDS_WAIT, true, TAKEN, 10},
                 {SUSPEND_KEEPS_WAIT, true, TAKEN, 10}};

    for (unsigned i = 0; i < COUNT(table); i++) {
        semaphore_init(&sem, "suspend", 0, 5, WAIT_FIFO);
        sem.hand_over = HAND_TO_ANY;
        align();
        const rt_thread_t thread = spawn(takes_unit, (void *)20, 5);
        CHECK_EQUAL(thread->task.state, TASK_BLOCKED);
        rt_thread_delay(2);
        CHECK_EQUAL(task_suspend(&thread->task, table[i].how), table[i].possible);
        CHECK(!task_suspend(&thread->task, table[i].how) || !table[i].possible);
        rt_thread_delay(3);
        semaphore_give(&sem);
        rt_thread_delay(5);
        CHECK_ORDER(table[i].possible ? "" : "s");
        CHECK_EQUAL(task_resume(&thread->task), table[i].possible);
        rt_thread_delay(1);
        CHECK_ORDER(table[i].possible ? "s" : "");
        CHECK_EQUAL(answer, table[i].answer);
        CHECK_EQUAL(took, table[i].took);
        semaphore_delete(&sem);
    }
}

/* Its time passes on while it is suspended; resumed before that, it waits as if nothing had been.
 */
static void suspended_and_resumed_in_time(void)
{
    static const struct {
        enum suspend_blocked how;
        rt_tick_t resumed_at, took;
    } table[] = {{SUSPEND_ENDS_WAIT, 6, 20},
                 {SUSPEND_ENDS_WAIT, 30, 30},
                 {SUSPEND_KEEPS_WAIT, 6, 20},
                 {SUSPEND_KEEPS_WAIT, 30, 30}};

    for (unsigned i = 0; i < COUNT(table); i++) {
        semaphore_init(&sem, "suspend", 0, 5, WAIT_FIFO);
        sem.hand_over = HAND_TO_ANY;
        align();
        const rt_thread_t thread = spawn(takes_unit, (void *)20, 5);
        rt_thread_delay(2);
        CHECK(task_suspend(&thread->task, table[i].how));
        rt_thread_delay(table[i].resumed_at - 2);
        CHECK(task_resume(&thread->task));
        rt_thread_delay(20);
        CHECK_ORDER("s");
        CHECK_EQUAL(answer, table[i].resumed_at < 20 || table[i].how == SUSPEND_KEEPS_WAIT
                                ? TAKE_TIMEOUT
                                : TAKE_EMPTY);
        CHECK_EQUAL(took, table[i].took);
        semaphore_delete(&sem);
    }
}

/* Deleted while it waits and is suspended; its object deleted while it is suspended. */
static void suspended_then_deleted(void)
{
    for (enum suspend_blocked how = SUSPEND_ENDS_WAIT; how <= SUSPEND_KEEPS_WAIT; how++) {
        semaphore_init(&sem, "suspend", 0, 5, WAIT_FIFO);
        sem.hand_over = HAND_TO_ANY;
        const rt_thread_t dies = spawn(takes_unit, (void *)20, 5);
        const rt_thread_t lives = spawn(takes_unit, (void *)20, 5);
        CHECK(task_suspend(&dies->task, how));
        CHECK(task_suspend(&lives->task, how));
        CHECK_EQUAL(rt_thread_delete(dies), RT_EOK);
        semaphore_delete(&sem);
        rt_memset(&sem, 0xff, sizeof sem);
        rt_thread_delay(2);
        CHECK_ORDER("");
        CHECK(task_resume(&lives->task));
        rt_thread_delay(1);
        CHECK_ORDER("s");
        CHECK_EQUAL(answer, TAKE_DELETED);
    }
}

static const struct test_case cases[] = {
    {"given back with the last", given_back_with_the_last},
    {"along a chain", along_a_chain},
    {"inherits from any place", inherits_from_any_place},
    {"peek and overwrite", peek_and_overwrite},
    {"reset lets senders in", reset_lets_senders_in},
    {"batches", batches},
    {"messages", messages},
    {"suspended then deleted", suspended_then_deleted},
};

static const struct test_case exact_cases[] = {
    {"a unit for any", a_unit_for_any},
    {"a mutex for any", a_mutex_for_any},
    {"takes its own", takes_its_own},
    {"given back after a timeout", given_back_after_a_timeout},
    {"trigger level", trigger_level},
    {"a full stream", a_full_stream},
    {"notifications", notifications},
    {"keeps its pace", keeps_its_pace},
    {"a task of commands", a_task_of_commands},
    {"suspended while it waits", suspended_while_it_waits},
    {"suspended and resumed in time", suspended_and_resumed_in_time},
};

int main(void)
{
    return run_cases(cases, COUNT(cases)) | run_exact_cases(exact_cases, COUNT(exact_cases));
}
