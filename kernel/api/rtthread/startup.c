/*
 * RT-Thread's start-up, in upstream's order: system heap, main thread, idle (and on several cores
 * the clean-up thread "tsystem"), scheduler. The application's main runs in the main thread.
 */
#include "internal.h"

#include "../dialect.h"

enum {
    MAIN_STACK_SIZE = 2048, /* RT_MAIN_THREAD_STACK_SIZE */
    MAIN_PRIORITY = RT_THREAD_PRIORITY_MAX / 3,
    MAIN_SLICE = 20,
    CLEANUP_PRIORITY = RT_THREAD_PRIORITY_MAX - 2,
    CLEANUP_SLICE = 32
};

static void run_main(void *parameter)
{
    (void)parameter;
    rt_components_init();
    const int value = port_application_main();
    port_main_returned(value, task_self()->has_waited);
}

static void on_tick(int line, void *argument)
{
    (void)line;
    (void)argument;
    rt_interrupt_enter();
    rt_tick_increase();
    rt_interrupt_leave();
}

/* --- "tsystem": upstream's idle threads must not wait for the heap's lock on several cores --- */

static struct semaphore closed_threads;
static struct task cleanup_task;

static void tell_cleanup(void)
{
    semaphore_give(&closed_threads);
}

static void clean_up(void *argument)
{
    (void)argument;
    for (;;) {
        semaphore_take(&closed_threads, WAIT_FOREVER);
        task_reap();
    }
}

static void start_cleanup(void)
{
    semaphore_init(&closed_threads, "defunct", 0, UINT32_MAX, WAIT_FIFO);
    task_init(&cleanup_task, "tsystem", clean_up, NULL, CLEANUP_PRIORITY, CLEANUP_SLICE);
    cleanup_task.system = true;
    kernel.closed_hook = tell_cleanup;
    task_start(&cleanup_task);
}

/* --- what the simulator asks --- */

static const char *heap_refusal(const struct heap_ops *ops)
{
    return (ops->capabilities & HEAP_FIXED_BLOCKS) != 0 ? "it has blocks of one size only" : NULL;
}

static uint32_t ticks_per_second(void)
{
    return RT_TICK_PER_SECOND;
}

const struct dialect dialect = {
    .key = "rtthread",
    .name = "RT-Thread",
    .standard_heap = "rt-small-mem",
    .ticks_per_second = ticks_per_second,
    .heap_refusal = heap_refusal,
    .ram_size = NULL,
    .libc = {rt_heap_malloc, rt_heap_calloc, rt_heap_realloc, rt_heap_memalign, rt_heap_free}};

void dialect_start(void *begin, unsigned long size)
{
    mutex_init(&kernel.heap_mutex, "heap", WAIT_PRIORITY, UINT32_MAX);
    semaphore_init(&kernel.heap_semaphore, "heap", 1, 1, WAIT_PRIORITY);
    rt_system_heap_init(begin, (char *)begin + size);
    irq_install(IRQ_TICK, on_tick, NULL, "tick");
    rt_components_board_init();
    const rt_thread_t thread =
        rt_thread_create("main", run_main, NULL, MAIN_STACK_SIZE, MAIN_PRIORITY, MAIN_SLICE);
    if (thread == NULL)
        rt_misuse(RT_CALL(rt_thread_create), DIAGNOSIS_BAD_REGION, begin, size,
                  "the heap is too small for the main thread and its stack of 2048 bytes");
    else
        rt_thread_startup(thread);
    if (kernel.core_count > 1)
        start_cleanup();
    sched_start();
}
