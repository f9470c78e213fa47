/*
 * RT-Thread's events, mailboxes, message queues and timers; part of rtthread.h, which says what
 * "any context" and "may wait" mean. Include that one.
 *
 * In all of them: flag is the order of waiters (RT_IPC_FLAG_*); _init wants memory of the caller's,
 * _create takes the object and then its pool from the heap, and gives NULL without memory; _detach
 * is for the one, _delete for the other, and both wake all waiters with -RT_ERROR. A timeout is in
 * ticks, 0 (no waiting: any context) or RT_WAITING_FOREVER. A wait ends with -RT_ETIMEOUT,
 * -RT_ERROR (deleted, reset) or -RT_EINTR (rt_thread_resume).
 */
#ifndef RT_IPC_H__
#define RT_IPC_H__

#include "../../ipc/event.h"
#include "../../ipc/queue.h"
#include "../../task/timer.h"

/* --- events (event.c) --- */

struct rt_event {
    struct rt_object parent;
    struct event event;
    struct rt_charge charge;
    rt_bool_t live;
};
typedef struct rt_event *rt_event_t;

#define RT_EVENT_FLAG_AND   0x01
#define RT_EVENT_FLAG_OR    0x02
#define RT_EVENT_FLAG_CLEAR 0x04

rt_err_t rt_event_init(rt_event_t event, const char *name, rt_uint8_t flag);
rt_event_t rt_event_create(const char *name, rt_uint8_t flag);
rt_err_t rt_event_detach(rt_event_t event);
rt_err_t rt_event_delete(rt_event_t event);

/*
 * Sets flags and wakes all whose wish comes true by it; what they want cleared is cleared then.
 * -RT_ERROR for set 0. Any context. O(waiters).
 */
rt_err_t rt_event_send(rt_event_t event, rt_uint32_t set);

/*
 * Waits for all (AND) or any (OR) of the flags `set`; CLEAR: clears them when it returns RT_EOK.
 * *recved (may be NULL): those of `set` that were there. -RT_ERROR for set 0, and (misuse) without
 * AND and OR. A thread only, interrupts on, scheduler unlocked, also with timeout 0.
 */
rt_err_t rt_event_recv(rt_event_t event, rt_uint32_t set, rt_uint8_t opt, rt_int32_t timeout,
                       rt_uint32_t *recved);
#define rt_event_recv_interruptible(event, set, opt, timeout, recved)                              \
    rt_event_recv(event, set, opt, timeout, recved)
#define rt_event_recv_killable(event, set, opt, timeout, recved)                                   \
    rt_event_recv(event, set, opt, timeout, recved)

/* RT_IPC_CMD_RESET: no flags, waiters leave with -RT_ERROR. Else -RT_ERROR. Any context. */
rt_err_t rt_event_control(rt_event_t event, int cmd, void *arg);

/* --- mailboxes (mailbox.c) --- */

struct rt_mailbox {
    struct rt_object parent;
    struct queue queue;
    struct rt_charge charge;
    rt_bool_t live;
};
typedef struct rt_mailbox *rt_mailbox_t;

#define RT_MB_ENTRY_MAX RT_UINT16_MAX

/*
 * size: mails, modulo 65536; each takes 4 bytes of the pool, as on the board. A mail that does not
 * fit 32 bits is a misuse, and is not sent.
 */
rt_err_t rt_mb_init(rt_mailbox_t mb, const char *name, void *msgpool, rt_size_t size,
                    rt_uint8_t flag);
rt_mailbox_t rt_mb_create(const char *name, rt_size_t size, rt_uint8_t flag);
rt_err_t rt_mb_detach(rt_mailbox_t mb);
rt_err_t rt_mb_delete(rt_mailbox_t mb);

/*
 * Puts a mail behind, or before (urgent), the others and wakes the first receiver, which takes it
 * if no other was faster. -RT_EFULL if there is no room; send_wait waits for it. Any context, but
 * that send_wait may wait.
 */
rt_err_t rt_mb_send(rt_mailbox_t mb, rt_ubase_t value);
rt_err_t rt_mb_send_wait(rt_mailbox_t mb, rt_ubase_t value, rt_int32_t timeout);
rt_err_t rt_mb_urgent(rt_mailbox_t mb, rt_ubase_t value);

/* Takes the first mail, and wakes the first sender. May wait. */
rt_err_t rt_mb_recv(rt_mailbox_t mb, rt_ubase_t *value, rt_int32_t timeout);

#define rt_mb_send_interruptible(mb, value)               rt_mb_send(mb, value)
#define rt_mb_send_killable(mb, value)                    rt_mb_send(mb, value)
#define rt_mb_send_wait_interruptible(mb, value, timeout) rt_mb_send_wait(mb, value, timeout)
#define rt_mb_send_wait_killable(mb, value, timeout)      rt_mb_send_wait(mb, value, timeout)
#define rt_mb_recv_interruptible(mb, value, timeout)      rt_mb_recv(mb, value, timeout)
#define rt_mb_recv_killable(mb, value, timeout)           rt_mb_recv(mb, value, timeout)

/* RT_IPC_CMD_RESET: empty, senders and receivers leave with -RT_ERROR. Any context. */
rt_err_t rt_mb_control(rt_mailbox_t mb, int cmd, void *arg);

/* --- message queues (messagequeue.c) --- */

struct rt_messagequeue {
    struct rt_object parent;
    struct queue queue;
    struct rt_charge charge;
    rt_bool_t live;
};
typedef struct rt_messagequeue *rt_mq_t;

/* Bytes before each message in a pool, on the board. */
#ifdef RT_USING_MESSAGEQUEUE_PRIORITY
#define RT_MQ_HEADER 12
#else
#define RT_MQ_HEADER 8
#endif

/* The pool that max_msgs messages need. */
#define RT_MQ_BUF_SIZE(msg_size, max_msgs)                                                         \
    ((RT_ALIGN((msg_size), RT_ALIGN_SIZE) + RT_MQ_HEADER) * (max_msgs))

/*
 * Messages of up to msg_size bytes. init: as many as the pool has room for (RT_MQ_BUF_SIZE);
 * create: max_msgs modulo 65536. The names with _prio are those of a queue with priorities; the
 * others mean them where RT_USING_MESSAGEQUEUE_PRIORITY is defined.
 */
rt_err_t rt_mq_init(rt_mq_t mq, const char *name, void *msgpool, rt_size_t msg_size,
                    rt_size_t pool_size, rt_uint8_t flag);
rt_mq_t rt_mq_create(const char *name, rt_size_t msg_size, rt_size_t max_msgs, rt_uint8_t flag);
rt_err_t rt_mq_init_prio(rt_mq_t mq, const char *name, void *msgpool, rt_size_t msg_size,
                         rt_size_t pool_size, rt_uint8_t flag);
rt_mq_t rt_mq_create_prio(const char *name, rt_size_t msg_size, rt_size_t max_msgs,
                          rt_uint8_t flag);
#ifdef RT_USING_MESSAGEQUEUE_PRIORITY
#define rt_mq_init   rt_mq_init_prio
#define rt_mq_create rt_mq_create_prio
#endif
rt_err_t rt_mq_detach(rt_mq_t mq);
rt_err_t rt_mq_delete(rt_mq_t mq);

/*
 * As the mailbox's. -RT_ERROR for a message longer than msg_size (before 5.1: rounded up to
 * RT_ALIGN_SIZE); length 0 is a misuse.
 */
rt_err_t rt_mq_send(rt_mq_t mq, const void *buffer, rt_size_t size);
rt_err_t rt_mq_send_wait(rt_mq_t mq, const void *buffer, rt_size_t size, rt_int32_t timeout);
rt_err_t rt_mq_urgent(rt_mq_t mq, const void *buffer, rt_size_t size);

/*
 * Takes the first message, as much of it as `size` bytes hold. Returns how many these are (before
 * 5.0.1: RT_EOK), or an error.
 */
rt_ssize_t rt_mq_recv(rt_mq_t mq, void *buffer, rt_size_t size, rt_int32_t timeout);

/*
 * For queues with priorities, else misuse: send behind those of the same or a greater number; the
 * others send with 0. suspend_flag is ignored.
 */
rt_err_t rt_mq_send_wait_prio(rt_mq_t mq, const void *buffer, rt_size_t size, rt_int32_t prio,
                              rt_int32_t timeout, int suspend_flag);
rt_ssize_t rt_mq_recv_prio(rt_mq_t mq, void *buffer, rt_size_t size, rt_int32_t *prio,
                           rt_int32_t timeout, int suspend_flag);

#define rt_mq_send_interruptible(mq, buffer, size) rt_mq_send(mq, buffer, size)
#define rt_mq_send_killable(mq, buffer, size)      rt_mq_send(mq, buffer, size)
#define rt_mq_send_wait_interruptible(mq, buffer, size, timeout)                                   \
    rt_mq_send_wait(mq, buffer, size, timeout)
#define rt_mq_send_wait_killable(mq, buffer, size, timeout)                                        \
    rt_mq_send_wait(mq, buffer, size, timeout)
#define rt_mq_recv_interruptible(mq, buffer, size, timeout) rt_mq_recv(mq, buffer, size, timeout)
#define rt_mq_recv_killable(mq, buffer, size, timeout)      rt_mq_recv(mq, buffer, size, timeout)

/* RT_IPC_CMD_RESET: empty, senders and receivers leave with -RT_ERROR. Any context. */
rt_err_t rt_mq_control(rt_mq_t mq, int cmd, void *arg);

/* --- timers (timer.c) --- */

struct rt_timer {
    struct rt_object parent;
    struct timer timer;
    struct rt_charge charge;
    rt_bool_t live;
};
typedef struct rt_timer *rt_timer_t;

#define RT_TIMER_FLAG_DEACTIVATED 0x00
#define RT_TIMER_FLAG_ACTIVATED   0x01
#define RT_TIMER_FLAG_ONE_SHOT    0x00
#define RT_TIMER_FLAG_PERIODIC    0x04
#define RT_TIMER_FLAG_HARD_TIMER  0x00
#define RT_TIMER_FLAG_SOFT_TIMER  0x08

#define RT_TIMER_CTRL_SET_TIME        0x0
#define RT_TIMER_CTRL_GET_TIME        0x1
#define RT_TIMER_CTRL_SET_ONESHOT     0x2
#define RT_TIMER_CTRL_SET_PERIODIC    0x3
#define RT_TIMER_CTRL_GET_STATE       0x4
#define RT_TIMER_CTRL_GET_REMAIN_TIME 0x5
#define RT_TIMER_CTRL_GET_FUNC        0x6
#define RT_TIMER_CTRL_SET_FUNC        0x7
#define RT_TIMER_CTRL_GET_PARM        0x8
#define RT_TIMER_CTRL_SET_PARM        0x9

/*
 * A timer that calls timeout(parameter) `time` ticks after its start (0 counts as 1; at most
 * 2^31 - 1, more is a misuse), once or, with RT_TIMER_FLAG_PERIODIC, again that long after each
 * return. A hard timer's function runs in the tick interrupt, a soft timer's in the thread "timer"
 * (priority 4).
 */
void rt_timer_init(rt_timer_t timer, const char *name, void (*timeout)(void *parameter),
                   void *parameter, rt_tick_t time, rt_uint8_t flag);
rt_timer_t rt_timer_create(const char *name, void (*timeout)(void *parameter), void *parameter,
                           rt_tick_t time, rt_uint8_t flag);

/* Also by its own function: then it is not started again. */
rt_err_t rt_timer_detach(rt_timer_t timer);
rt_err_t rt_timer_delete(rt_timer_t timer);

/*
 * Starts it, or starts it anew. -RT_ERROR while its function runs (before 5.1: it starts). Stop:
 * -RT_ERROR if it is not active. Any context. O(log timers).
 */
rt_err_t rt_timer_start(rt_timer_t timer);
rt_err_t rt_timer_stop(rt_timer_t timer);

/*
 * RT_TIMER_CTRL_*: arg points to an rt_tick_t (SET_TIME stops an active timer; GET_REMAIN_TIME is
 * the tick at which it is due), an rt_uint32_t (GET_STATE: RT_TIMER_FLAG_ACTIVATED or
 * _DEACTIVATED), or to what GET_FUNC and GET_PARM are to fill in; with SET_FUNC and SET_PARM it is
 * the value. RT_EOK; -RT_ENOSYS for other commands. Any context.
 */
rt_err_t rt_timer_control(rt_timer_t timer, int cmd, void *arg);

/* The next tick at which a hard timer or a thread's timeout is due; RT_TICK_MAX: none. */
rt_tick_t rt_timer_next_timeout_tick(void);

/* Called before and after each timer's function, where that runs. NULL takes one away. */
void rt_timer_enter_sethook(void (*hook)(struct rt_timer *timer));
void rt_timer_exit_sethook(void (*hook)(struct rt_timer *timer));

#endif
