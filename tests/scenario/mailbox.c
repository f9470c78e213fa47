/*
 * Mailboxes and message queues, which are one kind of object: most cases run on both (struct kind).
 * Order of receivers and of senders, urgent items, time limits and what is left of them when
 * another was faster, use in an ISR, deletion and reset, many cores.
 */
#include "check.h"

static struct rt_mailbox mb;
static struct rt_messagequeue mq;
static rt_uint8_t memory[256];

/* Not 5.0.0, the other release that this runs with. */
static bool is_new(void)
{
    return kernel.rtthread.release >= HEAP_VERSION(5, 1, 0);
}

/* Both with items that are numbers. */
static const struct kind {
    const char *name;
    void (*open)(unsigned items, rt_uint8_t flag);
    rt_err_t (*send)(rt_ubase_t value, rt_int32_t limit);
    rt_err_t (*urgent)(rt_ubase_t value);
    rt_err_t (*receive)(rt_ubase_t *value, rt_int32_t limit);
    rt_err_t (*reset)(void);
    rt_err_t (*detach)(void);
} * kind;

static void open_mb(unsigned items, rt_uint8_t flag)
{
    CHECK_EQUAL(rt_mb_init(&mb, "mb", memory, items, flag), RT_EOK);
}

static rt_err_t send_mb(rt_ubase_t value, rt_int32_t limit)
{
    return limit == 0 ? rt_mb_send(&mb, value) : rt_mb_send_wait(&mb, value, limit);
}

static rt_err_t urgent_mb(rt_ubase_t value)
{
    return rt_mb_urgent(&mb, value);
}

static rt_err_t receive_mb(rt_ubase_t *value, rt_int32_t limit)
{
    return rt_mb_recv(&mb, value, limit);
}

static rt_err_t reset_mb(void)
{
    return rt_mb_control(&mb, RT_IPC_CMD_RESET, RT_NULL);
}

static rt_err_t detach_mb(void)
{
    return rt_mb_detach(&mb);
}

static void open_mq(unsigned items, rt_uint8_t flag)
{
    CHECK_EQUAL(rt_mq_init(&mq, "mq", memory, 4, RT_MQ_BUF_SIZE(4, items), flag), RT_EOK);
}

static rt_err_t send_mq(rt_ubase_t value, rt_int32_t limit)
{
    const rt_uint32_t word = (rt_uint32_t)value;

    return limit == 0 ? rt_mq_send(&mq, &word, sizeof word)
                      : rt_mq_send_wait(&mq, &word, sizeof word, limit);
}

static rt_err_t urgent_mq(rt_ubase_t value)
{
    const rt_uint32_t word = (rt_uint32_t)value;

    return rt_mq_urgent(&mq, &word, sizeof word);
}

static rt_err_t receive_mq(rt_ubase_t *value, rt_int32_t limit)
{
    rt_uint32_t word = 0;
    const rt_ssize_t answer = rt_mq_recv(&mq, &word, sizeof word, limit);
    const rt_ssize_t expected = is_new() ? 4 : RT_EOK;

    if (answer < 0)
        return answer;
    CHECK_EQUAL(answer, expected);
    *value = word;
    return RT_EOK;
}

static rt_err_t reset_mq(void)
{
    return rt_mq_control(&mq, RT_IPC_CMD_RESET, RT_NULL);
}

static rt_err_t detach_mq(void)
{
    return rt_mq_detach(&mq);
}

static const struct kind kinds[] = {
    {"mailbox", open_mb, send_mb, urgent_mb, receive_mb, reset_mb, detach_mb},
    {"message queue", open_mq, send_mq, urgent_mq, receive_mq, reset_mq, detach_mq}};

static void on_both(void (*check)(void))
{
    for (unsigned i = 0; i < COUNT(kinds); i++) {
        kind = &kinds[i];
        check();
    }
}

/* --- scripts for threads: what they do once, and what came of it --- */

struct actor {
    char letter;
    bool sends;
    rt_ubase_t value; /* sent or received */
    rt_int32_t limit;
    rt_err_t answer;
    rt_tick_t took;
};

static void acts(void *argument)
{
    struct actor *const self = argument;
    const rt_tick_t start = rt_tick_get();

    self->answer = self->sends ? kind->send(self->value, self->limit)
                               : kind->receive(&self->value, self->limit);
    self->took = rt_tick_get() - start;
    mark(self->letter);
}

static struct actor receiver(char letter, rt_int32_t limit)
{
    return (struct actor){letter, false, 0, limit, 1, 0};
}

static struct actor sender(char letter, rt_ubase_t value, rt_int32_t limit)
{
    return (struct actor){letter, true, value, limit, 1, 0};
}

static rt_ubase_t next_value(void)
{
    rt_ubase_t value = 0;

    CHECK_EQUAL(kind->receive(&value, RT_WAITING_NO), RT_EOK);
    return value;
}

static void is_empty(void)
{
    rt_ubase_t value;

    CHECK_EQUAL(kind->receive(&value, RT_WAITING_NO), -RT_ETIMEOUT);
}

/* --- order --- */

static void check_order_of_items(void)
{
    static const char *const scripts[] = {/* digits send, '^' makes the next urgent, '?' receives */
                                          "1?1 12??12 12^3???312", "12^3^4????4312",
                                          "123?1 4?2 5?3 ??45", "1234 ^5 ????1234"};

    for (unsigned i = 0; i < COUNT(scripts); i++) {
        bool urgent = false;
        unsigned full = 0;

        kind->open(4, RT_IPC_FLAG_FIFO);
        for (const char *op = scripts[i]; *op != '\0'; op++) {
            if (*op == '^') {
                urgent = true;
            } else if (*op == '?') {
                const char *expected = op;
                unsigned asked = 1;

                while (expected[1] == '?') {
                    expected++;
                    asked++;
                }
                for (unsigned j = 1; j <= asked; j++)
                    CHECK_EQUAL(next_value(), expected[j] - '0');
                op = expected + asked;
            } else if (*op != ' ') {
                const rt_ubase_t value = (rt_ubase_t)(*op - '0');
                const rt_err_t answer =
                    urgent ? kind->urgent(value) : kind->send(value, RT_WAITING_NO);

                full += answer == -RT_EFULL;
                CHECK(answer == RT_EOK || answer == -RT_EFULL);
                urgent = false;
            }
        }
        CHECK_EQUAL(full, i == 3); /* the fifth, urgent or not */
        is_empty();
        kind->detach();
    }
}

static void items_keep_their_order(void)
{
    on_both(check_order_of_items);
}

static const struct {
    rt_uint8_t flag;
    rt_uint8_t priorities[4];
    const char *order;
} orders[] = {
    {RT_IPC_FLAG_FIFO, {15, 12, 14, 13}, "abcd"},
    {RT_IPC_FLAG_PRIO, {15, 12, 14, 13}, "bdca"},
    {RT_IPC_FLAG_PRIO, {12, 12, 12, 12}, "abcd"},
    {RT_IPC_FLAG_PRIO, {14, 11, 14, 11}, "bdac"},
};

static void check_receivers(void)
{
    static struct actor actors[4];

    for (unsigned i = 0; i < COUNT(orders); i++) {
        kind->open(2, orders[i].flag);
        for (unsigned j = 0; j < COUNT(actors); j++) {
            actors[j] = receiver((char)('a' + j), RT_WAITING_FOREVER);
            spawn(acts, &actors[j], orders[i].priorities[j]);
            rt_thread_delay(1);
        }
        for (unsigned j = 0; j < COUNT(actors); j++) {
            CHECK_EQUAL(kind->send(40 + j, RT_WAITING_NO), RT_EOK);
            rt_thread_delay(1);
            CHECK_EQUAL(actors[orders[i].order[j] - 'a'].value, 40 + j);
        }
        CHECK_ORDER(orders[i].order);
        kind->detach();
    }
}

static void receivers_leave_in_order(void)
{
    on_both(check_receivers);
}

static void check_senders(void)
{
    static struct actor actors[4];

    for (unsigned i = 0; i < COUNT(orders); i++) {
        kind->open(1, orders[i].flag);
        CHECK_EQUAL(kind->send(99, RT_WAITING_NO), RT_EOK);
        for (unsigned j = 0; j < COUNT(actors); j++) {
            actors[j] = sender((char)('a' + j), 50 + j, RT_WAITING_FOREVER);
            spawn(acts, &actors[j], orders[i].priorities[j]);
            rt_thread_delay(1);
        }
        CHECK_EQUAL(next_value(), 99);
        for (unsigned j = 0; j < COUNT(actors); j++) {
            rt_thread_delay(1);
            CHECK_EQUAL(next_value(), 50 + (unsigned)(orders[i].order[j] - 'a'));
        }
        rt_thread_delay(1);
        CHECK_ORDER(orders[i].order);
        is_empty();
        kind->detach();
    }
}

static void senders_leave_in_order(void)
{
    on_both(check_senders);
}

/* --- time --- */

static void check_limits(void)
{
    static const rt_int32_t limits[] = {1, 2, 9, 150};
    rt_ubase_t value;

    kind->open(1, RT_IPC_FLAG_FIFO);
    for (unsigned i = 0; i < COUNT(limits); i++) {
        align();
        rt_tick_t start = rt_tick_get();
        CHECK_EQUAL(kind->receive(&value, limits[i]), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
        CHECK_EQUAL(kind->send(1, limits[i]), RT_EOK);
        start = rt_tick_get();
        CHECK_EQUAL(kind->send(2, limits[i]), -RT_ETIMEOUT);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
        CHECK_EQUAL(kind->send(2, RT_WAITING_NO), -RT_EFULL);
        CHECK_EQUAL(kind->urgent(2), -RT_EFULL);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
        CHECK_EQUAL(next_value(), 1);
    }
    kind->detach();
}

static void check_limits_both(void)
{
    on_both(check_limits);
}

static void limits_are_exact(void)
{
    idle_and_busy(check_limits_both);
}

/*
 * Each send lets 'w' look, but main, more urgent, takes the item first: it waits on, and gives up
 * at the tick of its first limit; it has lost its place to 'x', who came before it waited again.
 */
static void check_rest_of_the_time(void)
{
    static struct actor slow, other;

    kind->open(1, RT_IPC_FLAG_FIFO);
    slow = receiver('w', 20);
    other = receiver('x', 100);
    spawn(acts, &slow, 12);
    rt_thread_delay(2);
    spawn(acts, &other, 13);
    rt_thread_delay(3);
    CHECK_EQUAL(kind->send(1, RT_WAITING_NO), RT_EOK);
    CHECK_EQUAL(next_value(), 1);
    rt_thread_delay(5);
    CHECK_ORDER("");
    CHECK_EQUAL(kind->send(2, RT_WAITING_NO), RT_EOK);
    rt_thread_delay(1);
    CHECK_ORDER("x");
    CHECK_EQUAL(other.value, 2);
    rt_thread_delay(30);
    CHECK_ORDER("w");
    CHECK_EQUAL(slow.answer, -RT_ETIMEOUT);
    CHECK_EQUAL(slow.took, 20);
    kind->detach();
}

static void rest_of_the_time(void)
{
    on_both(check_rest_of_the_time);
}

/* The same for one who sends; what is left may be nothing. */
static void check_rest_of_a_sender(void)
{
    static struct actor slow;

    kind->open(1, RT_IPC_FLAG_FIFO);
    kind->send(1, RT_WAITING_NO);
    slow = sender('w', 7, 10);
    spawn(acts, &slow, 12);
    rt_thread_delay(4);
    CHECK_EQUAL(next_value(), 1);
    CHECK_EQUAL(kind->send(2, RT_WAITING_NO), RT_EOK); /* before 'w' looks */
    rt_thread_delay(20);
    CHECK_ORDER("w");
    CHECK_EQUAL(slow.answer, -RT_ETIMEOUT);
    CHECK_EQUAL(slow.took, 10);
    slow = sender('v', 7, 3);
    spawn(acts, &slow, 12);
    rt_thread_delay(1);
    CHECK_EQUAL(next_value(), 2);
    CHECK_EQUAL(kind->send(3, RT_WAITING_NO), RT_EOK);
    const rt_tick_t start = rt_tick_get();
    while (rt_tick_get() - start < 5)
        sim_spend(100); /* its time passes before it looks */
    rt_thread_delay(2);
    CHECK_ORDER("v");
    CHECK_EQUAL(slow.answer, -RT_EFULL);
    CHECK_EQUAL(next_value(), 3);
    kind->detach();
}

static void rest_of_a_sender(void)
{
    on_both(check_rest_of_a_sender);
}

/* --- from an interrupt --- */

enum { LINE = 11 };

static void posts(int line, void *unused)
{
    rt_ubase_t value;

    mark('(');
    CHECK_EQUAL(kind->send(1, RT_WAITING_NO), RT_EOK);
    CHECK_EQUAL(kind->urgent(2), RT_EOK);
    CHECK_EQUAL(kind->send(3, RT_WAITING_NO), -RT_EFULL);
    CHECK_EQUAL(kind->send(3, 5), -RT_ERROR); /* it would have to wait */
    CHECK_EQUAL(kind->receive(&value, RT_WAITING_FOREVER), RT_EOK);
    CHECK_EQUAL(value, 2);
    mark(')');
}

static void check_isr(void)
{
    static struct actor waits;

    kind->open(2, RT_IPC_FLAG_FIFO);
    waits = receiver('w', RT_WAITING_FOREVER);
    rt_hw_interrupt_install(LINE, posts, RT_NULL, "post");
    spawn(acts, &waits, 5);
    mark('1');
    sim_raise(LINE);
    mark('2');
    CHECK_ORDER("1()w2");
    CHECK_EQUAL(waits.value, 1);
    CHECK(diagnosed(DIAGNOSIS_CONTEXT, 1));
    rt_hw_interrupt_mask(LINE);
    kind->detach();
}

static void in_an_isr(void)
{
    on_both(check_isr);
}

/* --- endings --- */

static void check_endings(void)
{
    static struct actor actors[3];

    for (int round = 0; round < 4; round++) {
        const bool senders = round % 2 == 1, resets = round / 2 == 1;

        kind->open(1, RT_IPC_FLAG_PRIO);
        if (senders)
            kind->send(1, RT_WAITING_NO);
        for (unsigned i = 0; i < COUNT(actors); i++) {
            const rt_int32_t limit = i == 1 ? 50 : RT_WAITING_FOREVER;

            actors[i] =
                senders ? sender((char)('a' + i), 2, limit) : receiver((char)('a' + i), limit);
            spawn(acts, &actors[i], 14 - i);
        }
        rt_thread_delay(3);
        CHECK_EQUAL(resets ? kind->reset() : kind->detach(), RT_EOK);
        rt_thread_delay(3);
        CHECK_ORDER("cba");
        for (unsigned i = 0; i < COUNT(actors); i++)
            CHECK_EQUAL(actors[i].answer, -RT_ERROR);
        if (resets) {
            is_empty();
            CHECK_EQUAL(kind->send(1, RT_WAITING_NO), RT_EOK);
            CHECK_EQUAL(kind->send(2, RT_WAITING_NO), -RT_EFULL);
            CHECK_EQUAL(kind->detach(), RT_EOK);
        }
    }
}

static void ends_wake_all(void)
{
    on_both(check_endings);
}

/* Who was told to look, and has not yet, learns that there is nothing to look at any more. */
static void check_gone_before_it_looks(void)
{
    static struct actor slow;

    kind->open(1, RT_IPC_FLAG_FIFO);
    slow = receiver('w', RT_WAITING_FOREVER);
    spawn(acts, &slow, 12);
    rt_thread_delay(1);
    CHECK_EQUAL(kind->send(1, RT_WAITING_NO), RT_EOK);
    CHECK_EQUAL(kind->detach(), RT_EOK);
    rt_memset(&mb, 0xff, sizeof mb); /* the memory is something else now */
    rt_memset(&mq, 0xff, sizeof mq);
    rt_thread_delay(1);
    CHECK_ORDER("w");
    CHECK_EQUAL(slow.answer, -RT_ERROR);
}

static void gone_before_it_looks(void)
{
    on_both(check_gone_before_it_looks);
}

/* Deleted, suspended, resumed while it waits, and after it was told to look. */
static void check_interrupted(void)
{
    static struct actor actors[2];

    for (unsigned i = 0; i < COUNT(kinds); i++) {
        kinds[i].open(2, RT_IPC_FLAG_FIFO);
        kinds[i].detach();
    }

    kind->open(2, RT_IPC_FLAG_FIFO);
    actors[0] = receiver('a', 30);
    actors[1] = receiver('b', 30);
    const rt_thread_t first = spawn(acts, &actors[0], 12);
    const rt_thread_t second = spawn(acts, &actors[1], 12);
    rt_thread_delay(1);
    CHECK_EQUAL(rt_thread_suspend(first), -RT_ERROR); /* it waits */
    CHECK_EQUAL(rt_thread_resume(first), RT_EOK);
    CHECK_EQUAL(kind->send(1, RT_WAITING_NO), RT_EOK); /* tells 'b' */
    CHECK_EQUAL(rt_thread_suspend(second), RT_EOK);    /* which is ready */
    rt_thread_delay(40);
    CHECK_ORDER("a");
    CHECK_EQUAL(actors[0].answer, -RT_EINTR);
    CHECK_EQUAL(rt_thread_resume(second), RT_EOK);
    rt_thread_delay(1);
    CHECK_ORDER("b");
    CHECK_EQUAL(actors[1].value, 1);
    actors[0] = receiver('c', 30);
    const rt_thread_t third = spawn(acts, &actors[0], 12);
    rt_thread_delay(1);
    CHECK_EQUAL(kind->send(2, RT_WAITING_NO), RT_EOK);
    CHECK_EQUAL(rt_thread_delete(third), RT_EOK); /* told, and gone */
    CHECK(list_empty(&mb.queue.receivers.woken) && list_empty(&mq.queue.receivers.woken));
    CHECK_EQUAL(next_value(), 2);
    kind->detach();
}

static void interrupted(void)
{
    on_both(check_interrupted);
}

static void dynamic_ones(void)
{
    rt_ubase_t value = 0;
    rt_uint32_t word = 5;

    const rt_mailbox_t box = rt_mb_create("box", 2, RT_IPC_FLAG_FIFO);
    CHECK_EQUAL(rt_mb_send(box, 0xffffffffu), RT_EOK);
    CHECK_EQUAL(rt_mb_recv(box, &value, 0), RT_EOK);
    CHECK(value == 0xffffffffu);
    if (sizeof value > 4) {
        CHECK_EQUAL(rt_mb_send(box, (rt_ubase_t)-1), -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1));
    }
    CHECK_EQUAL(rt_mb_detach(box), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_mb_delete(box), RT_EOK);
    const rt_mq_t queue = rt_mq_create("queue", 10, 3, RT_IPC_FLAG_FIFO);
    CHECK_EQUAL(rt_mq_send(queue, &word, sizeof word), RT_EOK);
    CHECK_EQUAL(rt_mq_detach(queue), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_mq_delete(queue), RT_EOK);
}

static void dead_ones_are_diagnosed(void)
{
    static struct rt_mailbox no_mb;
    static struct rt_messagequeue no_mq;
    rt_mailbox_t const boxes[] = {&no_mb, RT_NULL};
    rt_mq_t const queues[] = {&no_mq, RT_NULL};
    rt_ubase_t value = 1;

    for (unsigned i = 0; i < COUNT(boxes); i++) {
        CHECK_EQUAL(rt_mb_send(boxes[i], 1), -RT_ERROR);
        CHECK_EQUAL(rt_mb_send_wait(boxes[i], 1, 5), -RT_ERROR);
        CHECK_EQUAL(rt_mb_urgent(boxes[i], 1), -RT_ERROR);
        CHECK_EQUAL(rt_mb_recv(boxes[i], &value, 5), -RT_ERROR);
        CHECK_EQUAL(rt_mb_control(boxes[i], RT_IPC_CMD_RESET, RT_NULL), -RT_ERROR);
        CHECK_EQUAL(rt_mb_detach(boxes[i]), -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 6));
        CHECK_EQUAL(rt_mq_send(queues[i], &value, 4), -RT_ERROR);
        CHECK_EQUAL(rt_mq_send_wait(queues[i], &value, 4, 5), -RT_ERROR);
        CHECK_EQUAL(rt_mq_urgent(queues[i], &value, 4), -RT_ERROR);
        CHECK_EQUAL(rt_mq_recv(queues[i], &value, 4, 5), -RT_ERROR);
        CHECK_EQUAL(rt_mq_control(queues[i], RT_IPC_CMD_RESET, RT_NULL), -RT_ERROR);
        CHECK_EQUAL(rt_mq_detach(queues[i]), -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 6));
    }
    CHECK_EQUAL(rt_mb_init(&no_mb, "far", (void *)0x1000, 4, RT_IPC_FLAG_FIFO), -RT_ERROR);
    CHECK_EQUAL(rt_mq_init(&no_mq, "far", (void *)0x1000, 4, 64, RT_IPC_FLAG_FIFO), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_BAD_REGION, 2));
    CHECK_EQUAL(rt_mq_init(&no_mq, "nothing", memory, 0, 64, RT_IPC_FLAG_FIFO), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
}

/* --- messages --- */

static void lengths_of_messages(void)
{
    const bool exact = is_new(); /* else the length is rounded up */
    char text[24] = "";

    CHECK_EQUAL(rt_mq_init(&mq, "mq", memory, 10, RT_MQ_BUF_SIZE(10, 3) + 5, RT_IPC_FLAG_FIFO),
                RT_EOK);
    CHECK_EQUAL(rt_mq_send(&mq, "one", 4), RT_EOK);
    CHECK_EQUAL(rt_mq_send(&mq, "two longer", 10), RT_EOK);
    CHECK_EQUAL(rt_mq_send(&mq, "ten and one", 11), exact ? -RT_ERROR : RT_EOK);
    CHECK_EQUAL(rt_mq_send(&mq, "seventeen letters", 17), -RT_ERROR);
    CHECK_EQUAL(rt_mq_send(&mq, "x", 0), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    if (exact)
        CHECK_EQUAL(rt_mq_send(&mq, "three", 6), RT_EOK);
    CHECK_EQUAL(rt_mq_send(&mq, "four", 5), -RT_EFULL); /* the pool has room for three */
    CHECK_EQUAL(rt_mq_recv(&mq, text, sizeof text, 0), exact ? 4 : RT_EOK);
    CHECK(strcmp(text, "one") == 0);
    rt_memset(text, '.', sizeof text);
    CHECK_EQUAL(rt_mq_recv(&mq, text, 3, 0), exact ? 3 : RT_EOK); /* the rest is lost */
    CHECK(rt_memcmp(text, "two.", 4) == 0);
    rt_mq_recv(&mq, text, sizeof text, 0);
    CHECK_EQUAL(rt_mq_recv(&mq, text, sizeof text, 0), -RT_ETIMEOUT);
    rt_mq_detach(&mq);
}

/* The application wrote over its pool: a message is never longer than a message can be. */
static void a_length_that_lies(void)
{
    rt_uint8_t text[64];

    rt_mq_init(&mq, "mq", memory, 8, RT_MQ_BUF_SIZE(8, 3), RT_IPC_FLAG_FIFO);
    rt_mq_send(&mq, "abcdefg", 8);
    rt_memset(memory, 0xff, 8); /* its header */
    rt_memset(text, 0x55, sizeof text);
    rt_mq_recv(&mq, text, sizeof text, 0);
    CHECK(rt_memcmp(text, "abcdefg", 8) == 0);
    for (unsigned i = 8; i < sizeof text; i++)
        CHECK_EQUAL(text[i], 0x55);
    rt_mq_detach(&mq);
}

static void by_priority(void)
{
    static const rt_int32_t priorities[] = {0, 3, -2, 3, 7, 0};
    static const rt_uint32_t order[] = {4, 1, 3, 0, 5, 2};
    rt_uint32_t word;
    rt_int32_t prio;

    rt_mq_init_prio(&mq, "prio", memory, 4, 12 + 8, RT_IPC_FLAG_FIFO);
    CHECK_EQUAL(mq.queue.layout.slots, 1); /* a third word of header */
    rt_mq_detach(&mq);
    rt_mq_init_prio(&mq, "prio", memory, 4, sizeof memory, RT_IPC_FLAG_FIFO);
    for (word = 0; word < COUNT(priorities); word++)
        CHECK_EQUAL(rt_mq_send_wait_prio(&mq, &word, 4, priorities[word], 0, RT_UNINTERRUPTIBLE),
                    RT_EOK);
    for (unsigned i = 0; i < COUNT(order); i++) {
        CHECK(rt_mq_recv_prio(&mq, &word, 4, &prio, 0, RT_UNINTERRUPTIBLE) >= 0);
        CHECK_EQUAL(word, order[i]);
        CHECK_EQUAL(prio, priorities[word]);
    }
    rt_mq_detach(&mq);
    rt_mq_init(&mq, "plain", memory, 4, sizeof memory, RT_IPC_FLAG_FIFO);
    CHECK_EQUAL(rt_mq_send_wait_prio(&mq, &word, 4, 1, 0, 0), -RT_ERROR);
    CHECK_EQUAL(rt_mq_recv_prio(&mq, &word, 4, &prio, 0, 0), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 2));
    rt_mq_detach(&mq);
}

/* --- many cores: everything that is sent arrives once --- */

enum { SENDERS = 3, RECEIVERS = 3, EACH = 40 };

static rt_uint8_t seen[SENDERS * EACH + 1];
static rt_uint32_t received;

static void sends_many(void *first)
{
    for (rt_ubase_t i = 0; i < EACH; i++)
        while (kind->send((rt_ubase_t)first + i, sim_random(3) == 0 ? RT_WAITING_FOREVER : 1) !=
               RT_EOK)
            sim_spend(sim_random(5));
}

static void receives_many(void *unused)
{
    for (;;) {
        rt_ubase_t value;

        if (kind->receive(&value, sim_random(3) == 0 ? 2 : RT_WAITING_FOREVER) != RT_EOK)
            continue;
        const rt_base_t level = rt_hw_interrupt_disable();
        seen[value]++;
        received++;
        rt_hw_interrupt_enable(level);
        sim_spend(sim_random(10));
    }
}

static void check_all_arrive(void)
{
    rt_thread_t receivers[RECEIVERS];

    kind->open(2, sim_random(2) == 0 ? RT_IPC_FLAG_FIFO : RT_IPC_FLAG_PRIO);
    rt_memset(seen, 0, sizeof seen);
    received = 0;
    for (unsigned i = 0; i < RECEIVERS; i++)
        receivers[i] = spawn_anywhere(receives_many, RT_NULL, 12 + sim_random(3));
    for (unsigned i = 0; i < SENDERS; i++)
        spawn_anywhere(sends_many, (void *)(rt_ubase_t)(i * EACH), 12 + sim_random(3));
    for (unsigned i = 0; i < 100 && received < SENDERS * EACH; i++)
        rt_thread_delay(1);
    CHECK_EQUAL(received, SENDERS * EACH);
    for (unsigned i = 0; i < SENDERS * EACH; i++)
        CHECK_EQUAL(seen[i], 1);
    for (unsigned i = 0; i < RECEIVERS; i++)
        rt_thread_delete(receivers[i]);
    kind->detach();
}

static void all_arrive(void)
{
    on_both(check_all_arrive);
}

static const struct test_case cases[] = {
    {"items keep their order", items_keep_their_order},
    {"receivers leave in order", receivers_leave_in_order},
    {"senders leave in order", senders_leave_in_order},
    {"in an ISR", in_an_isr},
    {"ends wake all", ends_wake_all},
    {"gone before it looks", gone_before_it_looks},
    {"interrupted", interrupted},
    {"dynamic ones", dynamic_ones},
    {"dead ones are diagnosed", dead_ones_are_diagnosed},
    {"lengths of messages", lengths_of_messages},
    {"a length that lies", a_length_that_lies},
    {"by priority", by_priority},
    {"all arrive", all_arrive},
};

static const struct test_case exact_cases[] = {
    {"limits are exact", limits_are_exact},
    {"rest of the time", rest_of_the_time},
    {"rest of a sender's time", rest_of_a_sender},
};

int main(void)
{
    return run_cases(cases, COUNT(cases)) | run_exact_cases(exact_cases, COUNT(exact_cases));
}
