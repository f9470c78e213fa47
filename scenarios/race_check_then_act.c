/*
 * Check, then act: two threads see the same DMA channel free, and both take it.
 *
 * What to learn here:
 * - Between the look at the owner and the note of a new one, what was seen may change. The motor's
 * thread is more urgent: the tick that ends its sleep puts it exactly there, if it comes then.
 * - Volatile does not help, and neither does taking the steps closer together.
 * - --fix: a mutex makes one step of the two. Giving a channel back is one store, and needs none.
 *
 * The check at the end: no channel was programmed anew while a transfer was under way in it.
 */
#include <rtthread.h>

#include <stdio.h>

#include "heapsim.h"

#define CHANNELS 2 /* enough: there are two users */
#define NONE     CHANNELS
#define JOBS     3

static rt_uint32_t owner[CHANNELS]; /* 0: free */
static rt_uint32_t programmed[CHANNELS];
static rt_uint32_t overwritten[2]; /* of each user */
static rt_mutex_t table;
static rt_sem_t ended;

static rt_uint32_t take_channel(rt_uint32_t user)
{
    rt_uint32_t channel;

    if (sim_fixed())
        rt_mutex_take(table, RT_WAITING_FOREVER);
    for (channel = 0; channel < CHANNELS; channel++) {
        if (owner[channel] == 0) {
            owner[channel] = user;
            break;
        }
    }
    if (sim_fixed())
        rt_mutex_release(table);
    return channel;
}

static void give_channel(rt_uint32_t channel)
{
    if (sim_fixed())
        rt_mutex_take(table, RT_WAITING_FOREVER);
    owner[channel] = 0;
    if (sim_fixed())
        rt_mutex_release(table);
}

static void transfer(rt_uint32_t user, rt_uint32_t job)
{
    const rt_uint32_t channel = take_channel(user);

    if (channel == NONE)
        return;
    programmed[channel] = user * 100 + job;
    rt_thread_delay(1); /* the transfer takes that long */
    if (programmed[channel] != user * 100 + job)
        overwritten[user - 1] = overwritten[user - 1] + 1;
    give_channel(channel);
}

static void logs(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < JOBS; i++)
        transfer(1, i);
    rt_sem_release(ended);
}

static void drives(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < JOBS; i++) {
        rt_thread_delay(1);
        transfer(2, i);
    }
    rt_sem_release(ended);
}

int main(void)
{
    table = rt_mutex_create("table", RT_IPC_FLAG_PRIO);
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("logger", logs, RT_NULL, 512, 12, 5));
    rt_thread_startup(rt_thread_create("motor", drives, RT_NULL, 512, 11, 5));
    rt_sem_take(ended, RT_WAITING_FOREVER);
    rt_sem_take(ended, RT_WAITING_FOREVER);
    if (overwritten[0] + overwritten[1] != 0) {
        fprintf(stderr, "FAILED: %u transfers were overwritten by another in the same channel\n",
                overwritten[0] + overwritten[1]);
        return 1;
    }
    return 0;
}
