/*
 * An ISR suspends a thread in the middle of rt_malloc, when it holds the heap's lock. On one core
 * the idle thread, which gives back the memory of ended threads, would have to wait for it: that is
 * misuse, and named. On several cores a thread of its own does that, and waits. With the argument
 * `delete` the ISR deletes the thread there instead: refused, or the heap would stay half changed.
 */
#include "check.h"

enum { LINE = 6 };

static rt_thread_t victim;
static volatile rt_bool_t caught, deleting;

static void allocates(void *unused)
{
    while (!caught)
        rt_free(rt_malloc(100));
}

static void on_device(int line, void *unused)
{
    rt_interrupt_enter();
    if (!caught && kernel.heap_mutex.owner == &victim->task) {
        caught = RT_TRUE;
        if (deleting)
            CHECK_EQUAL(rt_thread_delete(victim), -RT_ERROR);
        else
            CHECK_EQUAL(rt_thread_suspend(victim), RT_EOK);
    }
    rt_interrupt_leave();
}

static void ends(void *unused)
{
}

int main(int argc, char **argv)
{
    const rt_thread_t doomed = rt_thread_create("doomed", ends, RT_NULL, 256, 20, 5);
    rt_size_t before, after;
    struct heap_fault fault;

    deleting = argc == 2 && strcmp(argv[1], "delete") == 0;
    rt_memory_info(RT_NULL, &before, RT_NULL);
    victim = rt_thread_create("victim", allocates, RT_NULL, 512, 20, 5);
    rt_thread_startup(victim);
    rt_hw_interrupt_install(LINE, on_device, RT_NULL, "device");
    sim_device(LINE, 100, 10, 9, 0);
    while (!caught)
        rt_thread_delay(1);
    sim_device_stop(LINE);
    rt_thread_delete(doomed);
    rt_thread_delay(2);
    CHECK(deleting || rt_thread_resume(victim) == RT_EOK);
    rt_thread_delay(5);
    rt_memory_info(RT_NULL, &after, RT_NULL);
    CHECK(after < before);
    CHECK(kernel.system_heap.ops->check(&kernel.system_heap, &fault));
    return check_result();
}
