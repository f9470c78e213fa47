/*
 * Objects are deleted while a thread waits for them, and others made in their place before it runs:
 * what it then does must not be traced under the new ones' names. Its CTest entry reads the trace.
 */
#include "check.h"

static rt_sem_t sem;
static rt_mutex_t mutex;
static rt_mp_t pool;

static void waits_for_sem(void *unused)
{
    CHECK_EQUAL(rt_sem_take(sem, RT_WAITING_FOREVER), -RT_ERROR);
}

static void waits_for_mutex(void *unused)
{
    CHECK_EQUAL(rt_mutex_take(mutex, RT_WAITING_FOREVER), -RT_ERROR);
}

static void waits_for_pool(void *unused)
{
    CHECK(rt_mp_alloc(pool, RT_WAITING_FOREVER) == RT_NULL);
}

static void sem_replaced(void)
{
    sem = rt_sem_create("gone", 0, RT_IPC_FLAG_FIFO);
    spawn(waits_for_sem, RT_NULL, 12);
    rt_thread_delay(1);
    rt_sem_delete(sem);
    const rt_sem_t fresh = rt_sem_create("fresh", 0, RT_IPC_FLAG_FIFO);
    rt_thread_delay(1);
    rt_sem_delete(fresh);
}

static void mutex_replaced(void)
{
    mutex = rt_mutex_create("gone", RT_IPC_FLAG_PRIO);
    rt_mutex_take(mutex, RT_WAITING_FOREVER);
    spawn(waits_for_mutex, RT_NULL, 12);
    rt_thread_delay(1);
    rt_mutex_delete(mutex);
    const rt_mutex_t fresh = rt_mutex_create("fresh", RT_IPC_FLAG_PRIO);
    rt_thread_delay(1);
    rt_mutex_delete(fresh);
}

static void pool_replaced(void)
{
    pool = rt_mp_create("gone", 1, 32);
    CHECK(rt_mp_alloc(pool, RT_WAITING_NO) != RT_NULL);
    spawn(waits_for_pool, RT_NULL, 12);
    rt_thread_delay(1);
    rt_mp_delete(pool);
    const rt_mp_t fresh = rt_mp_create("fresh", 1, 32);
    rt_thread_delay(1);
    rt_mp_delete(fresh);
}

static const struct test_case cases[] = {
    {"sem replaced", sem_replaced},
    {"mutex replaced", mutex_replaced},
    {"pool replaced", pool_replaced},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
