/* What the kernel reads and writes for the application, on blocks of 24 bytes. */
#include "cases.h"

#include <stdarg.h>

static int print(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int print(char *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = rt_vsprintf(to, format, args);
    va_end(args);
    return length;
}

/* Objects are static: they take nothing from the heap, where `gone` lay. */
static rt_mq_t queue(void)
{
    static struct rt_messagequeue mq;
    static char pool[RT_MQ_BUF_SIZE(SIZE + 8, 2)];

    rt_mq_init(&mq, "queue", pool, SIZE + 8, sizeof pool, RT_IPC_FLAG_FIFO);
    return &mq;
}

/* One that has a message of SIZE bytes. */
static rt_mq_t filled(void)
{
    const rt_mq_t mq = queue();

    rt_mq_send(mq, text, SIZE);
    return mq;
}

static rt_event_t event(void)
{
    static struct rt_event event;

    rt_event_init(&event, "event", RT_IPC_FLAG_FIFO);
    rt_event_send(&event, 1);
    return &event;
}

static rt_mailbox_t mailbox(void)
{
    static struct rt_mailbox mb;
    static rt_uint32_t pool[2];

    rt_mb_init(&mb, "mail", pool, 2, RT_IPC_FLAG_FIFO);
    rt_mb_send(&mb, 5);
    return &mb;
}

static void tick(void *argument)
{
    (void)argument;
}

static rt_timer_t timer(void)
{
    static struct rt_timer timer;

    rt_timer_init(&timer, "timer", tick, NULL, 10, RT_TIMER_FLAG_ONE_SHOT);
    return &timer;
}

/* A queue whose messages lie in a block that was freed. */
static rt_mq_t homeless(void)
{
    static struct rt_messagequeue mq;
    char *const pool = rt_malloc(200);

    rt_mq_init(&mq, "queue", pool, SIZE + 8, 200, RT_IPC_FLAG_FIFO);
    rt_free(pool);
    return &mq;
}

static struct rt_semaphore *lost(void)
{
    struct rt_semaphore *const sem = rt_malloc(sizeof *sem);

    rt_sem_init(sem, "lost", 1, RT_IPC_FLAG_FIFO);
    rt_free(sem);
    return sem;
}

#define END                  ((char *)(block + SIZE - 1))
#define RECEIVE(to, room)    rt_mq_recv(filled(), to, room, RT_WAITING_NO)
#define FLAGS(to)            rt_event_recv(event(), 1, RT_EVENT_FLAG_OR, RT_WAITING_NO, (rt_uint32_t *)(to))
#define MAIL(to)             rt_mb_recv(mailbox(), (rt_ubase_t *)(to), RT_WAITING_NO)
#define CONTROL(command, to) rt_timer_control(timer(), RT_TIMER_CTRL_##command, to)

/* clang-format off */
FITS(rt_snprintf, result = (size_t)rt_snprintf(block, SIZE, "%s", chars24))
KIND(rt_snprintf_bad, "heap-overflow", result = (size_t)rt_snprintf(block, SIZE + one, "%s", chars24))
KIND(rt_snprintf_freed_bad, "use-after-free", result = (size_t)rt_snprintf(gone, SIZE, "a"))
KIND(rt_snprintf_from_bad, "use-after-free", result = (size_t)rt_snprintf(block, SIZE, "%s", gone))
KIND(rt_snprintf_null_bad, "null-access", result = (size_t)rt_snprintf(nothing, SIZE, "a"))
FITS(rt_sprintf, result = (size_t)rt_sprintf(block, "%s", chars23))
KIND(rt_sprintf_bad, "heap-overflow", result = (size_t)rt_sprintf(block, "%s", chars24))
FITS(rt_vsprintf, print(block, "%s", chars23))
FITS(rt_kprintf, rt_kprintf("%.0s", text))
#ifndef HEAPSIM_WITH_ASAN /* its own look goes beyond what the precision allows */
FITS(rt_kprintf_part, rt_kprintf("%.0s", full))
#endif
KIND(rt_kprintf_bad, "use-after-free", rt_kprintf("%s\n", gone))
KIND(rt_kprintf_end_bad, "heap-overflow", rt_kprintf("%s\n", full))
FITS(rt_kputs, rt_kputs(block))
KIND(rt_kputs_bad, "heap-overflow", rt_kputs(full))
FITS(mq_send, rt_mq_send(queue(), full, SIZE))
KIND(mq_send_bad, "heap-overflow", rt_mq_send(queue(), full, SIZE + one))
KIND(mq_send_freed_bad, "use-after-free", rt_mq_send(queue(), gone, SIZE))
KIND(mq_send_wait_bad, "heap-overflow", rt_mq_send_wait(queue(), full, SIZE + one, 5))
KIND(mq_urgent_bad, "heap-overflow", rt_mq_urgent(queue(), full, SIZE + one))
KIND(mq_pool_bad, "use-after-free", rt_mq_send(homeless(), full, SIZE))
FITS(mq_recv, RECEIVE(block, SIZE))
FITS(mq_recv_more_room, RECEIVE(block, SIZE + 8))
FITS(mq_recv_less, RECEIVE(block + 1, SIZE - 1))
KIND(mq_recv_bad, "heap-overflow", RECEIVE(block + one, SIZE))
KIND(mq_recv_freed_bad, "use-after-free", RECEIVE(gone, SIZE))
FITS(event_recv, FLAGS(block + SIZE - 4))
KIND(event_recv_bad, "heap-overflow", FLAGS(END))
KIND(event_recv_freed_bad, "use-after-free", FLAGS(gone))
FITS(mb_recv, MAIL(block))
KIND(mb_recv_bad, "heap-overflow", MAIL(END))
FITS(timer_get, CONTROL(GET_TIME, block))
KIND(timer_get_bad, "heap-overflow", CONTROL(GET_TIME, END))
KIND(timer_parameter_bad, "heap-overflow", CONTROL(GET_PARM, END))
KIND(timer_set_bad, "use-after-free", CONTROL(SET_TIME, gone))
KIND(thread_control_bad, "use-after-free", rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_CHANGE_PRIORITY, gone))
KIND(memory_info_bad, "heap-overflow", rt_memory_info((rt_size_t *)(void *)END, NULL, NULL))
KIND(sem_freed_bad, "use-after-free", rt_sem_release(lost()))
