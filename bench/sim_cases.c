#include "sim_cases.h"

#include <stddef.h>

#include "../kernel/api/rtthread/rthw.h"
#include "../kernel/api/rtthread/rtthread.h"
#include "../sim/heapsim.h"

enum { STACK = 512, EQUAL = 10, URGENT = 5, SLICE = 20, LINE = 3, BATCH = 32 };

/* --- a switch: two tasks of one priority give way to each other --- */

static volatile unsigned partner_left;

static void gives_way(void *unused)
{
    (void)unused;
    while (partner_left > 0) {
        partner_left--;
        rt_thread_yield();
    }
}

static void start_partner(void)
{
    partner_left = UINT32_MAX;
    rt_thread_startup(rt_thread_create("partner", gives_way, RT_NULL, STACK, EQUAL, SLICE));
    rt_thread_yield();
}

static void switches(unsigned count)
{
    for (unsigned i = 0; i < count / 2; i++)
        rt_thread_yield();
}

/* --- calls that do not switch --- */

static void masks(unsigned count)
{
    while (count-- > 0)
        rt_hw_interrupt_enable(rt_hw_interrupt_disable());
}

static struct rt_semaphore semaphore;

static void make_semaphore(void)
{
    rt_sem_init(&semaphore, "units", 0, RT_IPC_FLAG_PRIO);
}

static void gives_and_takes(unsigned count)
{
    while (count-- > 0) {
        rt_sem_release(&semaphore);
        rt_sem_take(&semaphore, RT_WAITING_FOREVER);
    }
}

static struct rt_messagequeue queue;

static void make_queue(void)
{
    static char pool[RT_MQ_BUF_SIZE((int)sizeof(rt_uint32_t), 16)];

    rt_mq_init(&queue, "messages", pool, sizeof(rt_uint32_t), sizeof pool, RT_IPC_FLAG_PRIO);
}

static void sends_and_receives(unsigned count)
{
    for (rt_uint32_t message = count; message > 0; message--) {
        rt_uint32_t received;

        rt_mq_send(&queue, &message, sizeof message);
        rt_mq_recv(&queue, &received, sizeof received, RT_WAITING_FOREVER);
    }
}

/* --- interrupts --- */

static volatile unsigned interrupts;

static void on_interrupt(int line, void *argument)
{
    (void)line;
    (void)argument;
    interrupts++;
}

static void install(void)
{
    rt_hw_interrupt_install(LINE, on_interrupt, RT_NULL, "bench");
}

static void raises(unsigned count)
{
    while (count-- > 0)
        sim_raise(LINE);
}

/* --- a task's life: made, run to its end, cleaned up by the idle task --- */

static void ends_at_once(void *unused)
{
    (void)unused;
}

static void lives(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        rt_thread_startup(rt_thread_create("short", ends_at_once, RT_NULL, STACK, URGENT, SLICE));
        if (i % BATCH == BATCH - 1)
            rt_thread_delay(1);
    }
}

static void pools_are_full(void)
{
    lives(BATCH);
}

const struct sim_case sim_cases[] = {{.name = "switch",
                                      .title = "task switch (yield)",
                                      .carrier = "pthread",
                                      .count = 40000,
                                      .before = start_partner,
                                      .run = switches,
                                      .raw_title = "futex baton between two threads on one CPU",
                                      .raw = raw_baton,
                                      .raw_count = 40000,
                                      .aim_ratio = 1.3},
                                     {.name = "switch",
                                      .title = "task switch (yield)",
                                      .carrier = "fibre",
                                      .count = 1000000,
                                      .before = start_partner,
                                      .run = switches,
                                      .aim_ns = 150},
                                     {.name = "mask",
                                      .title = "critical section",
                                      .carrier = "fibre",
                                      .count = 4000000,
                                      .run = masks,
                                      .raw_title = "pthread_sigmask, twice",
                                      .raw = raw_mask,
                                      .raw_count = 200000,
                                      .aim_ns = 5},
                                     {.name = "semaphore",
                                      .title = "semaphore give and take",
                                      .carrier = "fibre",
                                      .count = 1000000,
                                      .before = make_semaphore,
                                      .run = gives_and_takes,
                                      .raw_title = "sem_post and sem_wait",
                                      .raw = raw_semaphore,
                                      .raw_count = 1000000,
                                      .aim_ns = 60},
                                     {.name = "queue",
                                      .title = "message sent and received",
                                      .carrier = "fibre",
                                      .count = 1000000,
                                      .before = make_queue,
                                      .run = sends_and_receives},
                                     {.name = "interrupt",
                                      .title = "interrupt raised and taken",
                                      .carrier = "pthread",
                                      .count = 100000,
                                      .before = install,
                                      .run = raises,
                                      .raw_title = "pthread_kill to oneself, handled",
                                      .raw = raw_signal,
                                      .raw_count = 100000,
                                      .aim_ratio = 1.3},
                                     {.name = "interrupt",
                                      .title = "interrupt raised and taken",
                                      .carrier = "fibre",
                                      .count = 1000000,
                                      .before = install,
                                      .run = raises},
                                     {.name = "task",
                                      .title = "task created, run, deleted",
                                      .carrier = "pthread",
                                      .count = 10000,
                                      .before = pools_are_full,
                                      .run = lives,
                                      .raw_title = "pthread_create and pthread_join",
                                      .raw = raw_thread,
                                      .raw_count = 2000},
                                     {.name = "task",
                                      .title = "task created, run, deleted",
                                      .carrier = "fibre",
                                      .count = 100000,
                                      .before = pools_are_full,
                                      .run = lives},
                                     {.name = NULL}};
