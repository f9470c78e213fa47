/* RT-Thread's calls, each in each context: see grid.h. */
#include <rthw.h>
#include <rtthread.h>

#include "grid.h"

/* What the calls work on. */
static struct rt_semaphore empty, full, static_sem, fresh_sem;
static struct rt_mutex free_mutex, own_mutex, static_mutex, fresh_mutex;
static struct rt_mempool empty_pool, full_pool, static_pool, fresh_pool;
static struct rt_thread static_thread, fresh_thread;
static struct rt_memheap memheap, open_memheap, spare, fresh_memheap;
static rt_uint8_t pool_memory[4][144], stack[2][512], memheap_memory[4][2048];
static rt_uint8_t small_memory[2][1024], slab_memory[2][64 * 1024], tlsf_memory[2][1024];
static rt_sem_t sem;
static rt_mutex_t mutex;
static rt_mp_t pool;
static rt_thread_t thread, started;
static rt_smem_t small, spare_small;
static rt_slab_t slab, spare_slab;
static void *block, *aligned, *memheap_block, *small_block, *slab_block, *pool_block, *page, *node;
static rt_tick_t now;

static void stops(void *unused)
{
    rt_thread_suspend(rt_thread_self());
    rt_schedule();
}

static void prepare_heaps(void)
{
    block = rt_malloc(16);
    aligned = rt_malloc_align(16, 64);
    rt_memheap_init(&memheap, "m", memheap_memory[0], sizeof memheap_memory[0]);
    rt_memheap_init(&open_memheap, "open", memheap_memory[1], sizeof memheap_memory[1]);
    rt_memheap_init(&spare, "spare", memheap_memory[2], sizeof memheap_memory[2]);
    open_memheap.locked = RT_TRUE;
    memheap.locked = RT_TRUE; /* for this one call, which may be made before the start */
    memheap_block = rt_memheap_alloc(&memheap, 10);
    memheap.locked = RT_FALSE;
    small = rt_smem_init("small", small_memory[0], sizeof small_memory[0]);
    spare_small = rt_smem_init("spare", small_memory[1], sizeof small_memory[1]);
    small_block = rt_smem_alloc(small, 10);
    slab = rt_slab_init("slab", slab_memory[0], sizeof slab_memory[0]);
    spare_slab = rt_slab_init("spare", slab_memory[1], sizeof slab_memory[1]);
    slab_block = rt_slab_alloc(slab, 10);
    if (strcmp(kernel.system_heap.ops->name, "rt-slab") == 0)
        page = rt_page_alloc(1);
}

static void prepare(void)
{
    prepare_heaps();
    rt_sem_init(&empty, "empty", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&full, "full", 1, RT_IPC_FLAG_FIFO);
    rt_sem_init(&static_sem, "static", 0, RT_IPC_FLAG_FIFO);
    rt_mutex_init(&free_mutex, "free", RT_IPC_FLAG_PRIO);
    rt_mutex_init(&own_mutex, "own", RT_IPC_FLAG_PRIO);
    rt_mutex_init(&static_mutex, "static", RT_IPC_FLAG_PRIO);
    if (kernel.running)
        rt_mutex_take(&own_mutex, RT_WAITING_FOREVER);
    rt_mp_init(&empty_pool, "empty", pool_memory[0], 72, 60);
    rt_mp_alloc(&empty_pool, RT_WAITING_NO);
    rt_mp_init(&full_pool, "full", pool_memory[1], 144, 60);
    pool_block = rt_mp_alloc(&full_pool, RT_WAITING_NO);
    rt_mp_init(&static_pool, "static", pool_memory[2], 144, 60);
    sem = rt_sem_create("sem", 0, RT_IPC_FLAG_FIFO);
    mutex = rt_mutex_create("mutex", RT_IPC_FLAG_PRIO);
    pool = rt_mp_create("pool", 1, 32);
    thread = rt_thread_create("thread", stops, RT_NULL, 512, 12, 5);
    started = rt_thread_create("started", stops, RT_NULL, 512, 5, 5);
    rt_thread_startup(started); /* suspends itself as soon as it can */
    rt_thread_init(&static_thread, "static", stops, RT_NULL, stack[0], sizeof stack[0], 12, 5);
    now = rt_tick_get();
    if (strcmp(kernel.system_heap.ops->name, "tlsf") == 0)
        node = rt_system_heap_add(tlsf_memory[0], tlsf_memory[0] + sizeof tlsf_memory[0]);
}

/* --- the system heap --- */

static tsize_t used(void)
{
    struct heap_stats stats;

    kernel.system_heap.ops->stats(&kernel.system_heap, &stats);
    return stats.used;
}

/* 1 if the call gave something back. */
#define FREES(id, call) CASE(id, const tsize_t before = used(); call; return used() < before;)

GIVES(rt_malloc, rt_malloc(16))
GIVES(rt_calloc, rt_calloc(2, 8))
GIVES(rt_realloc, rt_realloc(block, 100))
FREES(rt_free, rt_free(block))
GIVES(rt_malloc_align, rt_malloc_align(16, 64))
FREES(rt_free_align, rt_free_align(aligned))
CASE(rt_memory_info, rt_size_t total; rt_memory_info(&total, RT_NULL, RT_NULL); return total != 0;)
GIVES(rt_page_alloc, rt_page_alloc(1))
DOES(rt_page_free, rt_page_free(page, 1))
DOES(rt_system_heap_init, rt_system_heap_init(tlsf_memory[1], tlsf_memory[1] + 512))
GIVES(rt_system_heap_add,
      rt_system_heap_add(tlsf_memory[1], tlsf_memory[1] + sizeof tlsf_memory[1]))
CASE(rt_system_heap_remove, const unsigned before = kernel.system_heap.region_count;
     rt_system_heap_remove(node); return kernel.system_heap.region_count < before;)
DOES(rt_malloc_sethook, rt_malloc_sethook(RT_NULL))
DOES(rt_free_sethook, rt_free_sethook(RT_NULL))
DOES(rt_realloc_set_entry_hook, rt_realloc_set_entry_hook(RT_NULL))
DOES(rt_realloc_set_exit_hook, rt_realloc_set_exit_hook(RT_NULL))

/* --- heaps of the application's own --- */

GIVES(rt_memheap_alloc, rt_memheap_alloc(&memheap, 10))
GIVES(rt_memheap_alloc__locked, rt_memheap_alloc(&open_memheap, 10))
ANSWERS(rt_memheap_detach, rt_memheap_detach(&spare))
CASE(rt_memheap_free, const rt_size_t before = memheap.available_size;
     rt_memheap_free(memheap_block); return memheap.available_size > before;)
CASE(rt_memheap_info, rt_size_t total = 0; rt_memheap_info(&memheap, &total, RT_NULL, RT_NULL);
     return total != 0;)
ANSWERS(rt_memheap_init,
        rt_memheap_init(&fresh_memheap, "f", memheap_memory[3], sizeof memheap_memory[3]))
GIVES(rt_memheap_realloc, rt_memheap_realloc(&memheap, memheap_block, 40))
GIVES(rt_slab_alloc, rt_slab_alloc(slab, 10))
ANSWERS(rt_slab_detach, rt_slab_detach(spare_slab))
DOES(rt_slab_free, rt_slab_free(slab, slab_block))
CASE(rt_slab_init, rt_slab_detach(spare_slab);
     return rt_slab_init("new", slab_memory[1], sizeof slab_memory[1]) != RT_NULL;)
GIVES(rt_slab_realloc, rt_slab_realloc(slab, slab_block, 14)) /* within its class */
GIVES(rt_smem_alloc, rt_smem_alloc(small, 10))
ANSWERS(rt_smem_detach, rt_smem_detach(spare_small))
DOES(rt_smem_free, rt_smem_free(small_block))
CASE(rt_smem_init, rt_smem_detach(spare_small);
     return rt_smem_init("new", small_memory[1], sizeof small_memory[1]) != RT_NULL;)
GIVES(rt_smem_realloc, rt_smem_realloc(small, small_block, 100))

/* --- memory pools --- */

GIVES(rt_mp_alloc, rt_mp_alloc(&empty_pool, 2))
GIVES(rt_mp_alloc__now, rt_mp_alloc(&empty_pool, RT_WAITING_NO))
GIVES(rt_mp_alloc__there, rt_mp_alloc(&full_pool, RT_WAITING_FOREVER))
DOES(rt_mp_alloc_sethook, rt_mp_alloc_sethook(RT_NULL))
GIVES(rt_mp_create, rt_mp_create("made", 2, 16))
ANSWERS(rt_mp_delete, rt_mp_delete(pool))
ANSWERS(rt_mp_detach, rt_mp_detach(&static_pool))
DOES(rt_mp_free, rt_mp_free(pool_block))
DOES(rt_mp_free_sethook, rt_mp_free_sethook(RT_NULL))
ANSWERS(rt_mp_init, rt_mp_init(&fresh_pool, "fresh", pool_memory[3], 144, 60))

/* --- semaphores and mutexes --- */

GIVES(rt_mutex_create, rt_mutex_create("made", RT_IPC_FLAG_PRIO))
ANSWERS(rt_mutex_delete, rt_mutex_delete(mutex))
ANSWERS(rt_mutex_detach, rt_mutex_detach(&static_mutex))
ANSWERS(rt_mutex_get_hold, rt_mutex_get_hold(&free_mutex))
DOES(rt_mutex_get_owner, rt_mutex_get_owner(&free_mutex))
ANSWERS(rt_mutex_init, rt_mutex_init(&fresh_mutex, "fresh", RT_IPC_FLAG_PRIO))
ANSWERS(rt_mutex_release, rt_mutex_release(&own_mutex))
ANSWERS(rt_mutex_take, rt_mutex_take(&free_mutex, 2))
ANSWERS(rt_mutex_take__owned, rt_mutex_take(&own_mutex, 2))
ANSWERS(rt_mutex_trytake, rt_mutex_trytake(&free_mutex))
ANSWERS(rt_sem_control, rt_sem_control(&empty, RT_IPC_CMD_RESET, (void *)1))
GIVES(rt_sem_create, rt_sem_create("made", 0, RT_IPC_FLAG_FIFO))
ANSWERS(rt_sem_delete, rt_sem_delete(sem))
ANSWERS(rt_sem_detach, rt_sem_detach(&static_sem))
ANSWERS(rt_sem_init, rt_sem_init(&fresh_sem, "fresh", 1, RT_IPC_FLAG_FIFO))
ANSWERS(rt_sem_release, rt_sem_release(&empty))
ANSWERS(rt_sem_take, rt_sem_take(&empty, 2))
ANSWERS(rt_sem_take__now, rt_sem_take(&empty, RT_WAITING_NO))
ANSWERS(rt_sem_take__there, rt_sem_take(&full, RT_WAITING_FOREVER))
ANSWERS(rt_sem_trytake, rt_sem_trytake(&empty))

/* --- threads and the scheduler --- */

static void nothing(void)
{
}

CASE(rt_critical_level, rt_critical_level(); return 0;)
CASE(rt_enter_critical, rt_enter_critical(); rt_exit_critical(); return 0;)
CASE(rt_exit_critical, rt_enter_critical(); rt_exit_critical(); return 0;)
DOES(rt_get_errno, rt_get_errno())
DOES(rt_schedule, rt_schedule())
DOES(rt_set_errno, rt_set_errno(0))
ANSWERS(rt_thread_control,
        rt_thread_control(thread, RT_THREAD_CTRL_CHANGE_PRIORITY, &(rt_uint8_t){9}))
GIVES(rt_thread_create, rt_thread_create("made", stops, RT_NULL, 256, 20, 5))
ANSWERS(rt_thread_delay, rt_thread_delay(1))
CASE(rt_thread_delay_until, now = rt_tick_get(); return rt_thread_delay_until(&now, 2);)
ANSWERS(rt_thread_delete, rt_thread_delete(thread))
ANSWERS(rt_thread_detach, rt_thread_detach(&static_thread))
DOES(rt_thread_find, rt_thread_find("thread"))
CASE(rt_thread_get_name, char name[8]; return rt_thread_get_name(thread, name, sizeof name);)
ANSWERS(rt_thread_idle_delhook, rt_thread_idle_delhook(nothing) == -RT_ENOSYS)
ANSWERS(rt_thread_idle_sethook, rt_thread_idle_sethook(nothing))
ANSWERS(rt_thread_init,
        rt_thread_init(&fresh_thread, "fresh", stops, RT_NULL, stack[1], sizeof stack[1], 12, 5))
ANSWERS(rt_thread_mdelay, rt_thread_mdelay(1))
DOES(rt_thread_resume, rt_thread_resume(started))
DOES(rt_thread_self, rt_thread_self())
ANSWERS(rt_thread_startup, rt_thread_startup(thread))
DOES(rt_thread_suspend, rt_thread_suspend(started))
ANSWERS(rt_thread_yield, rt_thread_yield())

/* --- time --- */

ANSWERS(rt_tick_from_millisecond, rt_tick_from_millisecond(3))
DOES(rt_tick_get, rt_tick_get())
DOES(rt_tick_get_delta, rt_tick_get_delta(0))
DOES(rt_tick_get_millisecond, rt_tick_get_millisecond())
DOES(rt_tick_increase, rt_tick_increase())
DOES(rt_tick_set, rt_tick_set(1000))

/* --- interrupts --- */

static void other_isr(int vector, void *argument)
{
}

CASE(rt_hw_interrupt_disable, rt_hw_interrupt_enable(rt_hw_interrupt_disable()); return 0;)
CASE(rt_hw_interrupt_enable, rt_hw_interrupt_enable(rt_hw_interrupt_disable()); return 0;)
ANSWERS(rt_hw_interrupt_get_priority, rt_hw_interrupt_get_priority(9))
GIVES(rt_hw_interrupt_install, rt_hw_interrupt_install(9, other_isr, RT_NULL, "other"))
DOES(rt_hw_interrupt_is_disabled, rt_hw_interrupt_is_disabled())
DOES(rt_hw_interrupt_mask, rt_hw_interrupt_mask(9))
DOES(rt_hw_interrupt_set_priority, rt_hw_interrupt_set_priority(9, 100))
CASE(rt_hw_interrupt_umask, rt_hw_interrupt_install(9, other_isr, RT_NULL, "other");
     rt_hw_interrupt_umask(9); return 0;)
DOES(rt_interrupt_enter, rt_interrupt_enter())
DOES(rt_interrupt_get_nest, rt_interrupt_get_nest())
DOES(rt_interrupt_leave, rt_interrupt_leave())

/* --- text, assertions, start-up --- */

static char text[32];

static int formats(int (*print)(char *, const char *, va_list), const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = print(text, format, args);
    va_end(args);
    return length;
}

static int sized(char *to, const char *format, va_list args)
{
    return rt_vsnprintf(to, sizeof text, format, args);
}

DOES(rt_assert_handler, rt_assert_handler("0", "grid", 1))
DOES(rt_assert_set_hook, rt_assert_set_hook(RT_NULL))
DOES(rt_components_board_init, rt_components_board_init())
DOES(rt_components_init, rt_components_init())
ANSWERS(rt_kprintf, rt_kprintf("%s", ""))
DOES(rt_kputs, rt_kputs(""))
ANSWERS(rt_snprintf, rt_snprintf(text, sizeof text, "%d", 12))
ANSWERS(rt_sprintf, rt_sprintf(text, "%d", 12))
ANSWERS(rt_vsnprintf, formats(sized, "%d", 12))
ANSWERS(rt_vsprintf, formats(rt_vsprintf, "%d", 12))

/* --- contexts --- */

static int at_boot(void)
{
    static bool again;

    if (again)
        return 0; /* the case rt_components_board_init */
    again = true;
    grid_early_arguments();
    if (!grid_is("boot") && !grid_is("boot-isr"))
        return 0;
    prepare();
    if (grid_is("boot"))
        grid_make();
    else
        grid_make_in_isr(128);
    grid_end();
    return 0;
}
INIT_BOARD_EXPORT(at_boot);

int main(int argc, char **argv)
{
    rt_base_t level;

    grid_arguments(argc, argv);
    prepare();
    rt_thread_delay(1);
    if (grid_is("task")) {
        grid_make();
    } else if (grid_is("isr")) {
        grid_make_in_isr(128);
    } else if (grid_is("urgent")) {
        grid_make_in_isr(0);
    } else if (grid_is("locked")) {
        rt_enter_critical();
        grid_make();
        rt_exit_critical();
    } else if (grid_is("off")) {
        level = rt_hw_interrupt_disable();
        grid_make();
        rt_hw_interrupt_enable(level);
    } else if (grid_is("idle")) {
        rt_thread_idle_sethook(grid_make_and_end);
        rt_thread_delay(5);
    }
    grid_end();
    return 1;
}
