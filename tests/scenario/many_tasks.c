/*
 * As many tasks at a time as the argument says: each waits its turn, works, and tells main; then
 * half of them are deleted where they wait, and as many made anew. With a second argument the last
 * one, whose host stack is a small one, frees what is no block: the report must fit that stack.
 */
#include <rtthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "heapsim.h"

enum { STACK = 256, PRIORITY = 20, TASKS_MAX = 20000 };

static struct rt_semaphore done, never;
static rt_thread_t tasks[TASKS_MAX];
static unsigned long sum, misuser = TASKS_MAX;

static void works(void *parameter)
{
    const unsigned long self = (unsigned long)parameter;
    char text[200]; /* a few of the host stack's bytes */

    rt_thread_delay(1 + (rt_tick_t)(self % 7));
    snprintf(text, sizeof text, "%lu %f", self, (double)self);
    sum += strtoul(text, NULL, 10);
    if (self == misuser)
        rt_free(&sum);
    rt_sem_release(&done);
    rt_sem_take(&never, RT_WAITING_FOREVER);
}

static void start(unsigned long i)
{
    tasks[i] = rt_thread_create("works", works, (void *)i, STACK, PRIORITY, 5);
    if (tasks[i] == RT_NULL || rt_thread_startup(tasks[i]) != RT_EOK)
        exit(1);
}

static void wait_for(unsigned long count)
{
    while (count-- > 0)
        rt_sem_take(&done, RT_WAITING_FOREVER);
}

int main(int argc, char **argv)
{
    const unsigned long count = argc >= 2 ? strtoul(argv[1], NULL, 10) : 100;
    unsigned long expected = 0;

    if (count > TASKS_MAX)
        return 1;
    if (argc == 3)
        misuser = count - 1;
    rt_sem_init(&done, "done", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&never, "never", 0, RT_IPC_FLAG_FIFO);
    for (unsigned long i = 0; i < count; i++)
        start(i);
    wait_for(count);
    for (unsigned long i = 0; i < count; i += 2)
        rt_thread_delete(tasks[i]);
    rt_thread_delay(RT_TICK_PER_SECOND); /* the idle thread cleans up */
    for (unsigned long i = 0; i < count; i += 2)
        start(i);
    wait_for((count + 1) / 2);
    for (unsigned long i = 0; i < count; i++)
        expected += i % 2 == 0 ? 2 * i : i;
    printf("%lu tasks, sum %lu, expected %lu\n", count, sum, expected);
    return sum == expected ? 0 : 1;
}
