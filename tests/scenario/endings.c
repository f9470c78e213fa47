/* How runs end, one for each argument: deadlocks and what is named in them, and exit codes. */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

static struct rt_mutex mutexes[3];
static struct rt_semaphore never;
static struct rt_mempool empty;
static rt_uint8_t memory[64];

static void start(const char *name, void (*entry)(void *), rt_ubase_t argument)
{
    rt_thread_startup(rt_thread_create(name, entry, (void *)argument, 512, 12, 5));
}

static void takes_two(void *first)
{
    const rt_ubase_t i = (rt_ubase_t)first;

    rt_mutex_take(&mutexes[i], RT_WAITING_FOREVER);
    rt_thread_delay(1);
    rt_mutex_take(&mutexes[(i + 1) % 3], RT_WAITING_FOREVER);
}

static void takes_back(void *unused)
{
    rt_mutex_take(&mutexes[1], RT_WAITING_FOREVER);
    rt_thread_delay(1);
    rt_mutex_take(&mutexes[0], RT_WAITING_FOREVER);
}

static void waits_for_sem(void *unused)
{
    rt_sem_take(&never, RT_WAITING_FOREVER);
}

static void waits_for_pool(void *unused)
{
    rt_mp_alloc(&empty, RT_WAITING_FOREVER);
    rt_mp_alloc(&empty, RT_WAITING_FOREVER);
}

static void holds_and_waits(void *unused)
{
    rt_mutex_take(&mutexes[0], RT_WAITING_FOREVER);
    rt_sem_take(&never, RT_WAITING_FOREVER);
}

static void waits_for_mutex(void *unused)
{
    rt_thread_delay(1);
    rt_mutex_take(&mutexes[0], RT_WAITING_FOREVER);
}

static void suspends(void *unused)
{
    rt_thread_suspend(rt_thread_self());
    rt_schedule();
}

static void ends(void *unused)
{
    rt_thread_delay(20);
}

static void misuses(void *unused)
{
    rt_thread_delay(2);
    rt_free(&never);
}

/* --- the endings; each returns what main does --- */

static int circle(void)
{
    start("left", takes_two, 0);
    start("right", takes_back, 0);
    return 0;
}

static int circle_of_three(void)
{
    start("one", takes_two, 0);
    start("two", takes_two, 1);
    start("three", takes_two, 2);
    return 0;
}

static int semaphore(void)
{
    start("waiter", waits_for_sem, 0);
    return 0;
}

static int pool(void)
{
    start("waiter", waits_for_pool, 0);
    return 0;
}

static int main_waits(void)
{
    rt_sem_take(&never, RT_WAITING_FOREVER);
    return 0;
}

static int held(void)
{
    start("holder", holds_and_waits, 0);
    start("waiter", waits_for_mutex, 0);
    return 0;
}

static int suspended(void)
{
    start("sleeper", suspends, 0);
    return 0;
}

static int all_end(void)
{
    start("a", ends, 0);
    start("b", ends, 0);
    return 0;
}

static int never_started(void)
{
    rt_thread_create("spare", ends, RT_NULL, 512, 12, 5);
    return all_end();
}

static int fails_at_once(void)
{
    start("waiter", waits_for_sem, 0);
    return 1;
}

static int fails_later(void)
{
    rt_thread_delay(10);
    return 7;
}

static int works(void)
{
    start("waiter", waits_for_sem, 0); /* main has seen its work done */
    rt_thread_delay(10);
    return 0;
}

static void on_device(int line, void *unused)
{
}

static int runs_on(void)
{
    start("waiter", waits_for_sem, 0);
    rt_hw_interrupt_install(1, on_device, RT_NULL, "device");
    sim_device(1, 100, 1000, 0, 0);
    return 0;
}

static int misuse(void)
{
    start("culprit", misuses, 0);
    rt_thread_delay(10);
    return 0;
}

static int misuse_then_failure(void)
{
    misuse();
    return 1;
}

static int misuse_then_deadlock(void)
{
    start("culprit", misuses, 0);
    start("waiter", waits_for_sem, 0);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} endings[] = {
    {"circle", circle},
    {"circle_of_three", circle_of_three},
    {"semaphore", semaphore},
    {"pool", pool},
    {"main_waits", main_waits},
    {"held", held},
    {"suspended", suspended},
    {"all_end", all_end},
    {"never_started", never_started},
    {"fails_at_once", fails_at_once},
    {"fails_later", fails_later},
    {"works", works},
    {"runs_on", runs_on},
    {"misuse", misuse},
    {"misuse_then_failure", misuse_then_failure},
    {"misuse_then_deadlock", misuse_then_deadlock},
};

int main(int argc, char **argv)
{
    static const char *const names[] = {"first", "second", "third"};

    for (int i = 0; i < 3; i++)
        rt_mutex_init(&mutexes[i], names[i], RT_IPC_FLAG_PRIO);
    rt_sem_init(&never, "never", 0, RT_IPC_FLAG_FIFO);
    rt_mp_init(&empty, "empty", memory, sizeof memory, 40);
    for (unsigned i = 0; argc == 2 && i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(argv[1], endings[i].name) == 0)
            return endings[i].run();
    rt_kprintf("no such ending\n");
    return 100;
}
