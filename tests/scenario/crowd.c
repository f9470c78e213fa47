/*
 * Thousands of tasks: all sleep, all wake in order, all wait for one semaphore by priority, all are
 * deleted. How many is the argument.
 */
#include <stdlib.h>

#include "check.h"

static unsigned many;
static unsigned woken;
static rt_tick_t start;

static struct rt_semaphore sem;

/* The i-th sleeps some ticks, then waits for a unit. */
static void lives(void *number)
{
    const rt_tick_t ticks = 1000 + (rt_tick_t)((rt_ubase_t)number * 7919 % 5000);

    rt_thread_delay_until(&(rt_tick_t){start}, ticks);
    CHECK_EQUAL(rt_tick_get() - start, ticks);
    CHECK_EQUAL(rt_sem_take(&sem, RT_WAITING_FOREVER), RT_EOK);
    woken++;
}

int main(int argc, char **argv)
{
    many = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
    rt_thread_t *const threads = calloc(many, sizeof *threads);
    rt_size_t used_before, used;

    rt_memory_info(RT_NULL, &used_before, RT_NULL);
    rt_sem_init(&sem, "gate", 0, RT_IPC_FLAG_PRIO);
    start = rt_tick_get();
    for (unsigned i = 0; i < many; i++) {
        threads[i] = rt_thread_create("one", lives, (void *)(rt_ubase_t)i, 512,
                                      (rt_uint8_t)(12 + i % 16), 5);
        CHECK(threads[i] != RT_NULL);
        rt_thread_startup(threads[i]);
    }
    rt_thread_delay_until(&(rt_tick_t){start}, 500);
    CHECK(rt_tick_get() - start < 1000); /* in time */
    rt_thread_delay_until(&(rt_tick_t){start}, 8000);
    for (unsigned i = 0; i < many; i++)
        CHECK_EQUAL(threads[i]->task.state, TASK_BLOCKED);
    for (unsigned i = 0; i < many / 2; i++)
        rt_sem_release(&sem);
    rt_thread_delay(500);
    CHECK_EQUAL(woken, many / 2);
    unsigned deleted = 0;
    for (unsigned i = 0; i < many; i++)
        if (12 + i % 16 >= 21 && rt_thread_delete(threads[i]) == RT_EOK) /* surely still waiting */
            deleted++;
    CHECK_EQUAL(deleted, many / 16 * 7);
    for (unsigned i = woken + deleted; i < many; i++)
        rt_sem_release(&sem);
    rt_thread_delay(500);
    CHECK_EQUAL(woken, many - deleted);
    rt_memory_info(RT_NULL, &used, RT_NULL);
    CHECK_EQUAL(used, used_before);
    free(threads);
    rt_kprintf("%u tasks\n", many);
    return check_result();
}
