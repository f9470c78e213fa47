/*
 * ABA: a lock-free list of free buffers, which two cores use, gives one buffer to both.
 *
 * What to learn here:
 * - take() reads the first buffer and what follows it, then puts that in its place, if the first is
 * still the first. That it is the first *again* the comparison can't tell: the other core may have
 * taken it, and the next one too, and given it back. Then what is put in its place is not free.
 * - --fix: the upper half of the word counts what is taken, so a buffer that was away looks
 * different. In 65,536 counts it would look the same again: long enough for a take().
 *
 * The check at the end: each core had its buffers to itself, and all are in the list again.
 *
 * It needs two cores: aba_free_list --cores 2
 */
#include <rtthread.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "heapsim.h"

#define CORES   2
#define BUFFERS 4
#define ROUNDS  2
#define TAG     0x10000u
#define INDEX   0xffffu /* of the tagged word: number of a buffer; 0: none */

static struct {
    _Atomic rt_uint32_t next;
    _Atomic rt_uint32_t owner;
} buffers[BUFFERS + 1]; /* the one with number 0 is not used */

static _Atomic rt_uint32_t first;
static volatile rt_uint32_t shared[CORES];
static rt_sem_t ended;

static rt_uint32_t take(void)
{
    rt_uint32_t old = first;
    rt_uint32_t new;

    do {
        if ((old & INDEX) == 0)
            return 0;
        new = buffers[old & INDEX].next;
        if (sim_fixed())
            new |= (old & ~INDEX) + TAG;
    } while (!atomic_compare_exchange_strong(&first, &old, new));
    return old & INDEX;
}

static void give(rt_uint32_t buffer)
{
    rt_uint32_t old = first;

    do {
        buffers[buffer].next = old & INDEX;
    } while (!atomic_compare_exchange_strong(&first, &old, (old & ~INDEX) | buffer));
}

/* Two buffers at a time, as a driver that fills one while it sends the other. */
static void works(void *parameter)
{
    const rt_uint32_t core = (rt_uint32_t)(rt_ubase_t)parameter;
    rt_uint32_t i;

    for (i = 0; i < ROUNDS; i++) {
        const rt_uint32_t filled = take();
        const rt_uint32_t sent = take();

        buffers[filled].owner = buffers[sent].owner = core + 1;
        if (filled == sent || buffers[filled].owner != core + 1)
            shared[core] = shared[core] + 1;
        give(filled);
        if (buffers[sent].owner != core + 1)
            shared[core] = shared[core] + 1;
        give(sent);
    }
    rt_sem_release(ended);
}

static rt_uint32_t listed(void)
{
    rt_uint32_t count = 0, i;

    for (i = first & INDEX; i != 0 && count <= BUFFERS; i = buffers[i].next)
        count++;
    return count; /* more than there are: it goes round in a circle */
}

int main(void)
{
    rt_uint32_t i;

    if (sim_core_count() < CORES) {
        fprintf(stderr, "aba_free_list: the bug is one of two cores; run it with --cores 2\n");
        exit(2);
    }
    for (i = 1; i <= BUFFERS; i++)
        give(i);
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    for (i = 0; i < CORES; i++) {
        rt_thread_t thread = rt_thread_create("driver", works, (void *)(rt_ubase_t)i, 512, 12, 5);

        rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)i);
        rt_thread_startup(thread);
    }
    for (i = 0; i < CORES; i++)
        rt_sem_take(ended, RT_WAITING_FOREVER);
    if (shared[0] + shared[1] != 0 || listed() != BUFFERS) {
        fprintf(stderr, "FAILED: a buffer was given to both cores, or the list lost one\n");
        return 1;
    }
    return 0;
}
