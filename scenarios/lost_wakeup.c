/*
 * A lost wake-up: a thread finds the pool empty and lies down, just after it was to be woken.
 *
 * What to learn here:
 * - The sender looks into the pool, notes that it waits, and suspends itself. If the driver frees
 * its blocks between the look and the end of that, it sees nobody to wake, or wakes somebody who
 * does not sleep yet. Then the sender sleeps for ever.
 * - --fix: interrupts off from the look to the suspension, so that for the driver they are one.
 * rt_mp_alloc() with a time does the same within: there is no need to build it by hand.
 *
 * The check at the end: there is none to fail. All threads then wait for ever, and the simulator
 * says who for what (exit 4).
 */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

#define BLOCKS   2
#define MESSAGES 4

static rt_mp_t pool;
static rt_mailbox_t box;
static rt_sem_t ended;
static rt_thread_t sender;
static volatile rt_bool_t waiting; /* the sender, for a block */

static void *get_block(void)
{
    rt_base_t level = 0;
    void *block;

    for (;;) {
        if (sim_fixed())
            level = rt_hw_interrupt_disable();
        block = rt_mp_alloc(pool, RT_WAITING_NO);
        if (block == RT_NULL) {
            waiting = RT_TRUE;
            rt_thread_suspend(sender);
        }
        if (sim_fixed())
            rt_hw_interrupt_enable(level);
        if (block != RT_NULL)
            return block;
        rt_schedule(); /* goes on when it is resumed */
    }
}

static void free_block(void *block)
{
    rt_mp_free(block);
    if (waiting) {
        waiting = RT_FALSE;
        rt_thread_resume(sender);
    }
}

static void sends(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < MESSAGES; i++)
        rt_mb_send(box, (rt_ubase_t)get_block());
    rt_sem_release(ended);
}

static void drives(void *parameter)
{
    rt_ubase_t mail;
    rt_uint32_t i;

    for (i = 0; i < MESSAGES; i++) {
        rt_mb_recv(box, &mail, RT_WAITING_FOREVER);
        free_block((void *)mail);
    }
    rt_sem_release(ended);
}

int main(void)
{
    pool = rt_mp_create("blocks", BLOCKS, 32);
    box = rt_mb_create("box", MESSAGES, RT_IPC_FLAG_FIFO);
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    sender = rt_thread_create("sender", sends, RT_NULL, 512, 12, 1);
    rt_thread_startup(sender);
    rt_thread_startup(rt_thread_create("driver", drives, RT_NULL, 512, 12, 1));
    rt_sem_take(ended, RT_WAITING_FOREVER);
    rt_sem_take(ended, RT_WAITING_FOREVER);
    return 0;
}
