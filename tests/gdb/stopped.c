/* For gdb.sh: tasks, heaps and blocks in every state; gdb stops in stop_here(). */
#include <rtthread.h>

#include <stdio.h>
#include <string.h>

static char *volatile kept;    /* live, with slack */
static char *volatile gone;    /* freed, between live ones */
static char *volatile again;   /* behind it */
static void *volatile unit;    /* of the pool */
static char *volatile far_end; /* nothing was there yet */
static rt_mutex_t lock;
static struct rt_mempool pool;
static rt_uint8_t pool_memory[200];
static struct rt_memheap second;
static rt_uint32_t second_memory[1024];
static void *volatile of_second;

__attribute__((noinline)) static void stop_here(void)
{
    __asm__ volatile("" ::: "memory");
}

static void holder(void *argument)
{
    (void)argument;
    rt_mutex_take(lock, RT_WAITING_FOREVER);
    rt_thread_mdelay(50);
    rt_mutex_release(lock);
}

static void waiter(void *argument)
{
    (void)argument;
    rt_mutex_take(lock, RT_WAITING_FOREVER);
    rt_mutex_release(lock);
}

__attribute__((noinline)) static void allocate(void)
{
    kept = rt_malloc(2101);
    gone = rt_malloc(40);
    again = rt_malloc(60);
    memset(kept, 1, 2101);
    rt_free(gone);
    rt_mp_init(&pool, "units", pool_memory, sizeof pool_memory, 16);
    unit = rt_mp_alloc(&pool, RT_WAITING_NO);
    rt_memheap_init(&second, "second", second_memory, sizeof second_memory);
    of_second = rt_memheap_alloc(&second, 100);
    far_end = again + 50000;
}

int main(void)
{
    rt_size_t used, most, total;

    allocate();
    lock = rt_mutex_create("lock", RT_IPC_FLAG_PRIO);
    rt_thread_startup(rt_thread_create("holder", holder, NULL, 1024, 12, 10));
    rt_thread_mdelay(2);
    rt_thread_startup(rt_thread_create("waiter", waiter, NULL, 1024, 11, 10));
    rt_thread_mdelay(2);
    rt_memory_info(&total, &used, &most);
    printf("heap 'heap': used %lu, at most %lu, of %lu\n", used, most, total);
    rt_memheap_info(&second, &total, &used, &most);
    printf("heap 'second': used %lu, at most %lu, of %lu\n", used, most, total);
    fflush(stdout);
    stop_here();
    return 0;
}
