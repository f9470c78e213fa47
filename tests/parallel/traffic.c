/*
 * Mailbox, message queue, event and timers under load. Of each there is an account that must be
 * even at the end: what was sent (how many, and the sum of what was in them) was received, requests
 * were answered, timers that were started ran or were stopped.
 */
#include "load.h"

#include <stdbool.h>

#include "heapsim.h"
#include "invariants.h"

enum { MAILS = 16, MESSAGES = 6, WORDS = 7, PAIRS = SELVES / 2 };

struct account {
    atomic_uint sent, received;
    atomic_ulong sent_sum, received_sum;
};

static void note_sent(struct account *account, unsigned long value)
{
    account->sent++;
    account->sent_sum += value;
}

static void note_received(struct account *account, unsigned long value)
{
    account->received++;
    account->received_sum += value;
}

static void check_account(const struct account *account)
{
    EXPECT(account->sent > 0);
    EXPECT(account->sent == account->received);
    EXPECT(account->sent_sum == account->received_sum);
}

/* Who waits for ever is saved by the ISR, which sends and receives until all tasks have ended. */
static rt_int32_t some_limit(void)
{
    static const rt_int32_t limits[] = {0, 1, 25, RT_WAITING_FOREVER};

    return limits[sim_random(sizeof limits / sizeof limits[0])];
}

/* What a send or a receive may answer that did not go well: full, empty, too late, reset. */
static bool is_refusal(rt_ssize_t answer)
{
    return answer == -RT_EFULL || answer == -RT_ETIMEOUT || answer == -RT_ERROR;
}

/* --- mailbox --- */

static struct rt_mailbox box;
static rt_uint8_t box_memory[MAILS * 4];
static struct account mails;
static atomic_uint last_mail;

static void send_mail(rt_int32_t limit)
{
    const rt_ubase_t mail = ++last_mail;
    const rt_err_t answer =
        mail % 8 == 0 ? rt_mb_urgent(&box, mail) : rt_mb_send_wait(&box, mail, limit);

    if (answer == RT_EOK)
        note_sent(&mails, mail);
    else
        EXPECT(is_refusal(answer));
}

static rt_err_t receive_mail(rt_int32_t limit)
{
    rt_ubase_t mail = 0;
    const rt_err_t answer = rt_mb_recv(&box, &mail, limit);

    if (answer == RT_EOK)
        note_received(&mails, mail);
    else
        EXPECT(is_refusal(answer));
    return answer;
}

static void empty_box(void)
{
    while (receive_mail(0) == RT_EOK)
        ;
}

/* All who wait leave; nothing is lost, since nobody comes in between. */
static void reset_box(void)
{
    const rt_base_t level = rt_hw_interrupt_disable();

    empty_box();
    EXPECT(rt_mb_control(&box, RT_IPC_CMD_RESET, RT_NULL) == RT_EOK);
    rt_hw_interrupt_enable(level);
}

static void waits_for_mail(void *gone)
{
    rt_ubase_t mail;

    EXPECT(rt_mb_recv(gone, &mail, RT_WAITING_FOREVER) == -RT_ERROR);
}

static bool is_waited_for(const struct wait_queue *queue)
{
    const rt_base_t level = rt_hw_interrupt_disable();
    const bool waited_for = !list_empty(&queue->waiters);

    rt_hw_interrupt_enable(level);
    return waited_for;
}

/* A mailbox that is deleted while a thread on another core waits for it. */
static void delete_box(void)
{
    const rt_mailbox_t gone = rt_mb_create("gone", 2, RT_IPC_FLAG_PRIO);
    const rt_thread_t thread =
        gone != RT_NULL ? rt_thread_create("vain", waits_for_mail, gone, 512, 19, SLICE) : RT_NULL;

    if (gone == RT_NULL)
        return;
    if (thread != RT_NULL)
        rt_thread_startup(thread);
    while (thread != RT_NULL && !is_waited_for(&gone->queue.receivers))
        rt_thread_delay(1);
    EXPECT(rt_mb_delete(gone) == RT_EOK);
}

void use_mailbox(unsigned self)
{
    if (self % 2 == 0)
        send_mail(some_limit());
    else
        receive_mail(some_limit());
    if (self == 1 && sim_random(200) == 0)
        reset_box();
    if (self == 0 && sim_random(200) == 0)
        delete_box();
}

/* --- message queue, with priorities --- */

struct message {
    rt_uint32_t words[WORDS]; /* the first is a number, the others follow from it */
};

static struct rt_messagequeue queue;
static rt_uint8_t queue_memory[MESSAGES * (12 + sizeof(struct message))];
static struct account messages;
static atomic_uint last_message;

static void send_message(rt_int32_t limit)
{
    struct message message;
    const unsigned number = ++last_message;

    for (unsigned i = 0; i < WORDS; i++)
        message.words[i] = number * (i + 1);
    const rt_err_t answer = rt_mq_send_wait_prio(
        &queue, &message, sizeof message, (rt_int32_t)(number % 4), limit, RT_UNINTERRUPTIBLE);
    if (answer == RT_EOK)
        note_sent(&messages, number);
    else
        EXPECT(is_refusal(answer));
}

static rt_ssize_t receive_message(rt_int32_t limit)
{
    struct message message = {{0}};
    rt_int32_t priority = -1;
    const rt_ssize_t answer =
        rt_mq_recv_prio(&queue, &message, sizeof message, &priority, limit, RT_UNINTERRUPTIBLE);

    if (answer < 0) {
        EXPECT(is_refusal(answer));
        return answer;
    }
    EXPECT(answer == sizeof message);
    EXPECT(priority == (rt_int32_t)(message.words[0] % 4));
    for (unsigned i = 0; i < WORDS; i++)
        EXPECT(message.words[i] == message.words[0] * (i + 1));
    note_received(&messages, message.words[0]);
    return answer;
}

void use_messages(unsigned self)
{
    if (self % 2 == 0)
        send_message(some_limit());
    else
        receive_message(some_limit());
}

/* --- event: in pairs, one requests and the other one answers --- */

enum { ISR_FLAG = 1 << 30 };

static struct rt_event flags;

static struct pair {
    bool waits; /* a request has not been answered */
    unsigned requested, answered, confirmed;
} pairs[PAIRS];

static rt_uint32_t request_of(const struct pair *pair)
{
    return 1u << 2 * (pair - pairs);
}

static rt_uint32_t answer_of(const struct pair *pair)
{
    return request_of(pair) << 1;
}

static void request(struct pair *pair)
{
    rt_uint32_t got = 0;

    if (!pair->waits) {
        pair->waits = true;
        pair->requested++;
        EXPECT(rt_event_send(&flags, request_of(pair)) == RT_EOK);
    }
    if (rt_event_recv(&flags, answer_of(pair), RT_EVENT_FLAG_AND | RT_EVENT_FLAG_CLEAR,
                      (rt_int32_t)sim_random(20), &got) != RT_EOK)
        return;
    EXPECT(got == answer_of(pair));
    pair->confirmed++;
    pair->waits = false;
}

/* The flag of the ISR wakes it, too, and all others; what came with it must not get lost. */
static void answer(struct pair *pair)
{
    rt_uint32_t got = 0;

    if (rt_event_recv(&flags, request_of(pair) | ISR_FLAG, RT_EVENT_FLAG_OR | RT_EVENT_FLAG_CLEAR,
                      (rt_int32_t)sim_random(20), &got) != RT_EOK)
        return;
    EXPECT(got != 0 && (got & ~(request_of(pair) | ISR_FLAG)) == 0);
    if ((got & request_of(pair)) == 0)
        return;
    pair->answered++;
    EXPECT(rt_event_send(&flags, answer_of(pair)) == RT_EOK);
}

void use_events(unsigned self)
{
    struct pair *const pair = &pairs[self / 2];

    if (self % 2 == 0)
        request(pair);
    else
        answer(pair);
}

static void check_events(void)
{
    for (struct pair *pair = pairs; pair < pairs + PAIRS; pair++) {
        const rt_uint32_t left = flags.event.flags;

        EXPECT(pair->requested == pair->answered + ((left & request_of(pair)) != 0));
        EXPECT(pair->answered == pair->confirmed + ((left & answer_of(pair)) != 0));
    }
    EXPECT(pairs[0].confirmed > 0);
}

/* --- timers --- */

static struct once {
    struct rt_timer timer;
    atomic_uint fired;
    unsigned started, stopped;
} onces[SELVES], isr_once;

static atomic_uint called[SELVES]; /* functions of periodic timers that are stopped */
static atomic_uint called_late;    /* and of others: these may run on after the deletion */

static void on_once(void *once)
{
    ((struct once *)once)->fired++;
    send_mail(0);
}

static void on_again(void *count)
{
    ++*(atomic_uint *)count;
}

static void use_once(struct once *once)
{
    rt_tick_t time = 1 + sim_random(3);

    rt_timer_control(&once->timer, RT_TIMER_CTRL_SET_TIME, &time);
    if (rt_timer_start(&once->timer) == RT_EOK) /* not while its function runs */
        once->started++;
    rt_thread_delay((rt_tick_t)sim_random(4));
    if (rt_timer_stop(&once->timer) == RT_EOK)
        once->stopped++;
}

/* One that was stopped does not run any more, one that was deleted is touched by nobody. */
static void use_periodic(unsigned self)
{
    const rt_uint8_t where =
        sim_random(2) == 0 ? RT_TIMER_FLAG_SOFT_TIMER : RT_TIMER_FLAG_HARD_TIMER;
    const bool stops = sim_random(2) == 0;
    const rt_timer_t timer = rt_timer_create(
        "again", on_again, stops ? &called[self] : &called_late, 1, where | RT_TIMER_FLAG_PERIODIC);

    if (timer == RT_NULL)
        return;
    EXPECT(rt_timer_start(timer) == RT_EOK);
    rt_thread_delay((rt_tick_t)sim_random(5));
    if (stops) {
        EXPECT(rt_timer_stop(timer) == RT_EOK);
        while (timer_is_running(&timer->timer))
            rt_thread_delay(1);
        const unsigned calls = called[self];
        rt_thread_delay(2);
        EXPECT(called[self] == calls);
    }
    EXPECT(rt_timer_delete(timer) == RT_EOK);
}

void use_timers(unsigned self)
{
    if (self % 3 == 2)
        use_periodic(self);
    else
        use_once(&onces[self]);
}

static void init_once(struct once *once, rt_tick_t time, rt_uint8_t flag)
{
    rt_timer_init(&once->timer, "once", on_once, once, time, flag | RT_TIMER_FLAG_ONE_SHOT);
}

static void use_isr_timer(unsigned count)
{
    rt_uint32_t state;

    rt_timer_control(&isr_once.timer, RT_TIMER_CTRL_GET_STATE, &state);
    if (count % 64 == 52 && rt_timer_stop(&isr_once.timer) == RT_EOK)
        isr_once.stopped++;
    else if (count % 64 == 20 && state == RT_TIMER_FLAG_DEACTIVATED &&
             rt_timer_start(&isr_once.timer) == RT_EOK)
        isr_once.started++;
}

static void check_timers(void)
{
    for (unsigned i = 0; i < SELVES; i++)
        EXPECT(onces[i].started == onces[i].fired + onces[i].stopped);
    EXPECT(onces[0].fired > 0 && onces[1].fired > 0 && called[2] > 0 && called_late > 0);
    EXPECT(isr_once.started == isr_once.fired + isr_once.stopped);
}

/* --- all of them --- */

void traffic_set_up(void)
{
    rt_mb_init(&box, "box", box_memory, MAILS, RT_IPC_FLAG_PRIO);
    rt_mq_init_prio(&queue, "queue", queue_memory, sizeof(struct message), sizeof queue_memory,
                    RT_IPC_FLAG_FIFO);
    rt_event_init(&flags, "flags", RT_IPC_FLAG_PRIO);
    for (unsigned i = 0; i < SELVES; i++)
        init_once(&onces[i], 1, i % 2 == 0 ? RT_TIMER_FLAG_HARD_TIMER : RT_TIMER_FLAG_SOFT_TIMER);
    init_once(&isr_once, 2, RT_TIMER_FLAG_HARD_TIMER);
}

void traffic_isr(unsigned count)
{
    if (count % 8 == 3)
        send_mail(0);
    if (count % 8 == 7)
        receive_mail(0);
    if (count % 16 == 5)
        send_message(0);
    if (count % 16 == 13)
        receive_message(0);
    if (count % 32 == 9)
        EXPECT(rt_event_send(&flags, ISR_FLAG) == RT_EOK);
    if (count % 32 == 20)
        use_isr_timer(count);
}

unsigned traffic_faults(void)
{
    return queue_faults(&box.queue) + queue_faults(&queue.queue) + event_faults(&flags.event);
}

void traffic_check(void)
{
    empty_box();
    while (receive_message(0) >= 0)
        ;
    check_account(&mails);
    check_account(&messages);
    check_events();
    check_timers();
}
