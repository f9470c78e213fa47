/*
 * RT-Thread's locks around heaps: who waits for whom, in which order, and what a thread that holds
 * one may not do. Interrupts stay on, so a more urgent thread comes in while another is in the
 * heap.
 */
#include <rthw.h>
#include <rtthread.h>

#include "check.h"

static struct rt_memheap memheap;
static rt_uint8_t memheap_memory[4096];
static char order[16];
static unsigned order_length;
static struct rt_semaphore done;

static void mark(char letter)
{
    order[order_length++] = letter;
}

static bool is_order(const char *expected)
{
    const bool same = strncmp(order, expected, sizeof order) == 0;

    if (!same)
        printf("the order is '%s', not '%s'\n", order, expected);
    memset(order, 0, sizeof order);
    order_length = 0;
    return same;
}

static rt_thread_t spawn(void (*entry)(void *), void *argument, rt_uint8_t priority)
{
    const rt_thread_t thread = rt_thread_create("t", entry, argument, 512, priority, 5);

    CHECK(thread != RT_NULL);
    rt_thread_startup(thread);
    return thread;
}

/* --- who waits --- */

static void take_from_memheap(void *argument)
{
    CHECK(rt_memheap_alloc(&memheap, 10) != RT_NULL);
    mark((char)(rt_ubase_t)argument);
    rt_sem_release(&done);
}

/* The heap's semaphore serves the most urgent first; it is free again afterwards. */
static void waiters_by_priority(void)
{
    unsigned i;

    semaphore_take(&memheap.lock, WAIT_FOREVER); /* as a thread inside does */
    for (i = 0; i < 3; i++)
        spawn(take_from_memheap, (void *)(rt_ubase_t)("bca"[i]),
              (rt_uint8_t)(8 - (i == 2) + (i == 1)));
    rt_thread_delay(2);
    CHECK(is_order(""));
    check_look();
    CHECK(rt_memheap_detach(&memheap) == -RT_ERROR); /* somebody is inside */
    CHECK(check_diagnosed(DIAGNOSIS_OBJECT, 1));
    semaphore_give(&memheap.lock);
    for (i = 0; i < 3; i++)
        CHECK(rt_sem_take(&done, 100) == RT_EOK);
    CHECK(is_order("abc"));
    CHECK(memheap.lock.count == 1);
}

static void resumed_while_it_waits(void *argument)
{
    (void)argument;
    rt_set_errno(RT_EOK);
    CHECK(rt_memheap_alloc(&memheap, 10) == RT_NULL);
    CHECK(rt_get_errno() == -RT_EINTR);
    rt_sem_release(&done);
}

static void a_wait_that_is_ended(void)
{
    rt_thread_t thread;

    semaphore_take(&memheap.lock, WAIT_FOREVER);
    thread = spawn(resumed_while_it_waits, RT_NULL, 9);
    rt_thread_delay(2);
    rt_thread_resume(thread);
    CHECK(rt_sem_take(&done, 100) == RT_EOK);
    semaphore_give(&memheap.lock);
    CHECK(memheap.lock.count == 1);
}

/* rt_malloc goes on to a bound memheap, and waits for it with the system heap's lock in its hand.
 */
static void take_bound(void *argument)
{
    (void)argument;
    CHECK(rt_malloc(1 << 20) == RT_NULL); /* too much for either */
    mark('x');
    rt_sem_release(&done);
}

static void bound_heaps_are_locked_too(void)
{
    semaphore_take(&memheap.lock, WAIT_FOREVER);
    spawn(take_bound, RT_NULL, 9);
    rt_thread_delay(2);
    CHECK(is_order(""));
    CHECK(kernel.heap_mutex.owner != NULL);
    semaphore_give(&memheap.lock);
    CHECK(rt_sem_take(&done, 100) == RT_EOK);
    CHECK(is_order("x"));
    CHECK(kernel.heap_mutex.owner == NULL);
}

/* --- hooks --- */

static bool is_locked(void)
{
    return kernel.heap_lock == HEAP_LOCK_SEMAPHORE ? kernel.heap_semaphore.count == 0
                                                   : kernel.heap_mutex.owner != NULL;
}

static unsigned mallocs, frees;

static void on_malloc(void **block, rt_size_t size)
{
    (void)block;
    (void)size;
    mallocs++;
    CHECK(is_locked() == (kernel.heap_lock == HEAP_LOCK_SEMAPHORE));
}

static void on_free(void **block)
{
    (void)block;
    frees++;
    CHECK(is_locked() == (kernel.heap_lock == HEAP_LOCK_SEMAPHORE));
}

static void hooks_inside_or_outside(void)
{
    rt_malloc_sethook(on_malloc);
    rt_free_sethook(on_free);
    rt_free(rt_malloc(10));
    CHECK(mallocs == 1 && frees == 1);
    rt_malloc_sethook(RT_NULL);
    rt_free_sethook(RT_NULL);
}

/* --- a thread that is deleted --- */

enum { KILL_LINE = 9, KILLS = 200 };

static struct rt_semaphore kill;

static void victim(void *argument)
{
    for (;;) {
        if (argument != RT_NULL)
            rt_free(rt_malloc(20));
        else
            rt_memheap_free(rt_memheap_alloc(&memheap, 20));
    }
}

static void on_kill(int vector, void *parameter)
{
    (void)vector;
    (void)parameter;
    rt_sem_release(&kill);
}

/* In the middle of a heap call it can't be: its lock would stay, and what it left half changed. */
static void deleting(void *argument)
{
    rt_thread_t thread = spawn(victim, argument, 15);
    unsigned refused = 0, deleted = 0, i;

    rt_sem_init(&kill, "kill", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(KILL_LINE, on_kill, RT_NULL, "kill");
    sim_device(KILL_LINE, 5, 7, 9, 0);
    check_look();
    for (i = 0; i < KILLS; i++) {
        rt_sem_take(&kill, RT_WAITING_FOREVER);
        if (rt_thread_delete(thread) != RT_EOK) {
            refused++;
            continue;
        }
        deleted++;
        CHECK(memheap.lock.count == 1);
        CHECK(!is_locked() || kernel.core_count > 1); /* else by "tsystem", on another core */
        thread = spawn(victim, argument, 15);
    }
    sim_device_stop(KILL_LINE);
    rt_hw_interrupt_mask(KILL_LINE);
    CHECK(check_diagnosed(DIAGNOSIS_OBJECT, refused));
    CHECK(refused > 5 && deleted > 5);
    while (rt_thread_delete(thread) != RT_EOK)
        rt_thread_delay(1);
    rt_thread_delay(2);
    check_look();
    CHECK(check_whole(&kernel.system_heap) && check_whole(&memheap.heap));
}

int main(void)
{
    rt_sem_init(&done, "done", 0, RT_IPC_FLAG_FIFO);
    rt_memheap_init(&memheap, "bound", memheap_memory, sizeof memheap_memory);
    waiters_by_priority();
    a_wait_that_is_ended();
    if (strcmp(kernel.system_heap.ops->name, "rt-memheap") == 0)
        bound_heaps_are_locked_too();
    hooks_inside_or_outside();
    deleting(RT_NULL);
    deleting(&kill);
    CHECK(check_whole(&memheap.heap));
    return check_failures != 0;
}
