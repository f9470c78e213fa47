/* Part of grid_rtthread.c: events, mailboxes, message queues, timers. */

static struct rt_event event, static_event, fresh_event;
static struct rt_mailbox empty_box, full_box, static_box, fresh_box;
static struct rt_messagequeue empty_mq, full_mq, prio_mq, full_prio_mq, static_mq, fresh_mq;
static struct rt_timer timer, running_timer, static_timer, fresh_timer;
static rt_uint8_t mails[4][16], messages[6][64];
static rt_event_t made_event;
static rt_mailbox_t made_box;
static rt_mq_t made_mq;
static rt_timer_t made_timer;

static void on_timer(void *unused)
{
}

static void prepare_queues(void)
{
    rt_mb_init(&empty_box, "empty", mails[0], 1, RT_IPC_FLAG_FIFO);
    rt_mb_init(&full_box, "full", mails[1], 1, RT_IPC_FLAG_FIFO);
    rt_mb_send(&full_box, 7);
    rt_mb_init(&static_box, "static", mails[2], 1, RT_IPC_FLAG_FIFO);
    rt_mq_init(&empty_mq, "empty", messages[0], 8, 16, RT_IPC_FLAG_FIFO);
    rt_mq_init(&full_mq, "full", messages[1], 8, 16, RT_IPC_FLAG_FIFO);
    rt_mq_send(&full_mq, "full", 5);
    rt_mq_init_prio(&prio_mq, "prio", messages[2], 8, 20, RT_IPC_FLAG_FIFO);
    rt_mq_init_prio(&full_prio_mq, "full", messages[3], 8, 20, RT_IPC_FLAG_FIFO);
    rt_mq_send(&full_prio_mq, "full", 5);
    rt_mq_init(&static_mq, "static", messages[4], 8, 16, RT_IPC_FLAG_FIFO);
}

static void prepare_ipc(void)
{
    prepare_queues();
    rt_event_init(&event, "event", RT_IPC_FLAG_FIFO);
    rt_event_send(&event, 1);
    rt_event_init(&static_event, "static", RT_IPC_FLAG_FIFO);
    rt_timer_init(&timer, "timer", on_timer, RT_NULL, 1000, RT_TIMER_FLAG_SOFT_TIMER);
    rt_timer_init(&running_timer, "running", on_timer, RT_NULL, 1000, RT_TIMER_FLAG_HARD_TIMER);
    rt_timer_start(&running_timer);
    rt_timer_init(&static_timer, "static", on_timer, RT_NULL, 1000, RT_TIMER_FLAG_HARD_TIMER);
    made_event = rt_event_create("made", RT_IPC_FLAG_FIFO);
    made_box = rt_mb_create("made", 1, RT_IPC_FLAG_FIFO);
    made_mq = rt_mq_create("made", 8, 1, RT_IPC_FLAG_FIFO);
    made_timer = rt_timer_create("made", on_timer, RT_NULL, 5, RT_TIMER_FLAG_HARD_TIMER);
}

static rt_uint32_t got;
static rt_ubase_t value;
static rt_int32_t prio;
static rt_uint8_t letter[8];

ANSWERS(rt_event_control, rt_event_control(&event, RT_IPC_CMD_RESET, RT_NULL))
GIVES(rt_event_create, rt_event_create("new", RT_IPC_FLAG_FIFO))
ANSWERS(rt_event_delete, rt_event_delete(made_event))
ANSWERS(rt_event_detach, rt_event_detach(&static_event))
ANSWERS(rt_event_init, rt_event_init(&fresh_event, "fresh", RT_IPC_FLAG_FIFO))
ANSWERS(rt_event_recv, rt_event_recv(&event, 2, RT_EVENT_FLAG_OR, 2, &got))
ANSWERS(rt_event_recv__now, rt_event_recv(&event, 2, RT_EVENT_FLAG_OR, RT_WAITING_NO, &got))
ANSWERS(rt_event_recv__there, rt_event_recv(&event, 1, RT_EVENT_FLAG_OR, 2, &got))
ANSWERS(rt_event_send, rt_event_send(&event, 4))

ANSWERS(rt_mb_control, rt_mb_control(&full_box, RT_IPC_CMD_RESET, RT_NULL))
GIVES(rt_mb_create, rt_mb_create("new", 1, RT_IPC_FLAG_FIFO))
ANSWERS(rt_mb_delete, rt_mb_delete(made_box))
ANSWERS(rt_mb_detach, rt_mb_detach(&static_box))
ANSWERS(rt_mb_init, rt_mb_init(&fresh_box, "fresh", mails[3], 1, RT_IPC_FLAG_FIFO))
ANSWERS(rt_mb_recv, rt_mb_recv(&empty_box, &value, 2))
ANSWERS(rt_mb_recv__now, rt_mb_recv(&empty_box, &value, RT_WAITING_NO))
ANSWERS(rt_mb_recv__there, rt_mb_recv(&full_box, &value, RT_WAITING_FOREVER))
ANSWERS(rt_mb_send, rt_mb_send(&empty_box, 1))
ANSWERS(rt_mb_send_wait, rt_mb_send_wait(&full_box, 1, 2))
ANSWERS(rt_mb_send_wait__there, rt_mb_send_wait(&empty_box, 1, 2))
ANSWERS(rt_mb_urgent, rt_mb_urgent(&empty_box, 1))

ANSWERS(rt_mq_control, rt_mq_control(&full_mq, RT_IPC_CMD_RESET, RT_NULL))
GIVES(rt_mq_create, rt_mq_create("new", 8, 1, RT_IPC_FLAG_FIFO))
GIVES(rt_mq_create_prio, rt_mq_create_prio("new", 8, 1, RT_IPC_FLAG_FIFO))
ANSWERS(rt_mq_delete, rt_mq_delete(made_mq))
ANSWERS(rt_mq_detach, rt_mq_detach(&static_mq))
ANSWERS(rt_mq_init, rt_mq_init(&fresh_mq, "fresh", messages[5], 8, 16, RT_IPC_FLAG_FIFO))
ANSWERS(rt_mq_init_prio, rt_mq_init_prio(&fresh_mq, "f", messages[5], 8, 20, RT_IPC_FLAG_FIFO))
ANSWERS(rt_mq_recv, rt_mq_recv(&empty_mq, letter, sizeof letter, 2))
ANSWERS(rt_mq_recv__now, rt_mq_recv(&empty_mq, letter, sizeof letter, RT_WAITING_NO))
ANSWERS(rt_mq_recv__there, rt_mq_recv(&full_mq, letter, sizeof letter, 2))
ANSWERS(rt_mq_recv_prio, rt_mq_recv_prio(&prio_mq, letter, sizeof letter, &prio, 2, 0))
ANSWERS(rt_mq_send, rt_mq_send(&empty_mq, "x", 2))
ANSWERS(rt_mq_send_wait, rt_mq_send_wait(&full_mq, "x", 2, 2))
ANSWERS(rt_mq_send_wait__there, rt_mq_send_wait(&empty_mq, "x", 2, 2))
ANSWERS(rt_mq_send_wait_prio, rt_mq_send_wait_prio(&full_prio_mq, "x", 2, 1, 2, 0))
ANSWERS(rt_mq_urgent, rt_mq_urgent(&empty_mq, "x", 2))

ANSWERS(rt_timer_control, rt_timer_control(&timer, RT_TIMER_CTRL_SET_PERIODIC, RT_NULL))
GIVES(rt_timer_create, rt_timer_create("new", on_timer, RT_NULL, 5, 0))
ANSWERS(rt_timer_delete, rt_timer_delete(made_timer))
ANSWERS(rt_timer_detach, rt_timer_detach(&static_timer))
DOES(rt_timer_enter_sethook, rt_timer_enter_sethook(RT_NULL))
DOES(rt_timer_exit_sethook, rt_timer_exit_sethook(RT_NULL))
DOES(rt_timer_init, rt_timer_init(&fresh_timer, "fresh", on_timer, RT_NULL, 5, 0))
CASE(rt_timer_next_timeout_tick, return rt_timer_next_timeout_tick() != RT_TICK_MAX;)
ANSWERS(rt_timer_start, rt_timer_start(&timer))
ANSWERS(rt_timer_stop, rt_timer_stop(&running_timer))
