/* OneOS's calls, each in each context: see grid.h. */
#include <os_assert.h>
#include <os_memory.h>
#include <os_task.h>
#include <os_util.h>

#include "grid.h"

static os_memheap_t own, fresh;
static os_uint8_t own_memory[2][2048], more_memory[1024];
static void *block, *own_block, *aligned;

static bool is_v1(void)
{
    return strcmp(kernel.heap_config.ops->name, "oneos-small") == 0;
}

static void prepare(void)
{
    block = os_malloc(20);
    if (is_v1()) {
        aligned = os_malloc_align(20, 16);
        return;
    }
    os_memheap_init(&own, "own");
    os_memheap_add(&own, own_memory[0], sizeof own_memory[0], OS_MEM_ALG_DEFAULT);
    own_block = os_memheap_alloc(&own, 10);
}

/* --- the system heap --- */

static tsize_t used(struct heap *heap)
{
    struct heap_stats stats;

    heap->ops->stats(heap, &stats);
    return stats.used;
}

#define FREES(id, heap, call)                                                                      \
    CASE(id, const tsize_t before = used(heap); call; return used(heap) < before;)

GIVES(os_malloc, os_malloc(20))
GIVES(os_malloc__nothing, os_malloc(0))
GIVES(os_calloc, os_calloc(2, 10))
GIVES(os_realloc, os_realloc(block, 60))
FREES(os_free, &kernel.system_heap, os_free(block))
GIVES(os_aligned_malloc, os_aligned_malloc(16, 20))
CASE(os_memory_info, os_meminfo_t info; os_memory_info(&info); return info.mem_total != 0;)
ANSWERS(os_memory_check, os_memory_check())
ANSWERS(os_memory_trace, os_memory_trace())
DOES(os_sys_heap_init, os_sys_heap_init())
ANSWERS(os_sys_heap_add, os_sys_heap_add(more_memory, sizeof more_memory, OS_MEM_ALG_DEFAULT))

/* --- heaps of the application's own --- */

ANSWERS(os_memheap_add,
        os_memheap_add(&own, own_memory[1], sizeof own_memory[1], OS_MEM_ALG_DEFAULT))
GIVES(os_memheap_aligned_alloc, os_memheap_aligned_alloc(&own, 16, 10))
GIVES(os_memheap_alloc, os_memheap_alloc(&own, 10))
ANSWERS(os_memheap_check, os_memheap_check(&own))
ANSWERS(os_memheap_deinit, os_memheap_deinit(&own) == OS_ENOSYS)
FREES(os_memheap_free, &own.heap, os_memheap_free(&own, own_block))
CASE(os_memheap_info, os_meminfo_t info; os_memheap_info(&own, &info); return info.mem_total != 0;)
ANSWERS(os_memheap_init, os_memheap_init(&fresh, "fresh") == OS_EOK)
GIVES(os_memheap_realloc, os_memheap_realloc(&own, own_block, 40))
ANSWERS(os_memheap_trace, os_memheap_trace(&own))

/* --- 1.x --- */

DOES(os_system_heap_init, os_system_heap_init(more_memory, more_memory + sizeof more_memory))
GIVES(os_malloc_align, os_malloc_align(20, 16))
FREES(os_free_align, &kernel.system_heap, os_free_align(aligned))
DOES(os_malloc_set_hook, os_malloc_set_hook(OS_NULL))
DOES(os_free_set_hook, os_free_set_hook(OS_NULL))

/* --- the scheduler, interrupts, text --- */

CASE(os_schedule_lock, os_schedule_lock(); return 0;)
CASE(os_schedule_unlock, if (task_self() != NULL) task_self()->schedule_locks++;
     os_schedule_unlock(); return 0;)
DOES(os_is_schedule_locked, os_is_schedule_locked())
CASE(os_irq_lock, os_irq_unlock(os_irq_lock()); return 0;)
CASE(os_irq_unlock, os_irq_unlock(os_irq_lock()); return 0;)
DOES(os_irq_disable, os_irq_disable())
DOES(os_irq_enable, os_irq_enable())
DOES(os_is_irq_active, os_is_irq_active())
DOES(os_is_irq_disabled, os_is_irq_disabled())

static char text[32];

static int formats(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = os_vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return length;
}

DOES(os_kprintf, os_kprintf("%s", ""))
ANSWERS(os_snprintf, os_snprintf(text, sizeof text, "%d", 12))
ANSWERS(os_vsnprintf, formats("%d", 12))
DOES(os_assert_failed, os_assert_failed("0", "grid", 1))

/* --- contexts --- */

void __real_task_init(struct task *task, const char *name, void (*entry)(void *), void *argument,
                      uint8_t priority, uint32_t slice);
void __wrap_task_init(struct task *task, const char *name, void (*entry)(void *), void *argument,
                      uint8_t priority, uint32_t slice);

/* The start-up makes the main task once the heap is there and before the scheduler starts. */
void __wrap_task_init(struct task *task, const char *name, void (*entry)(void *), void *argument,
                      uint8_t priority, uint32_t slice)
{
    __real_task_init(task, name, entry, argument, priority, slice);
    if (strcmp(name, "main") != 0)
        return;
    grid_early_arguments();
    if (!grid_is("boot") && !grid_is("boot-isr"))
        return;
    prepare();
    if (grid_is("boot"))
        grid_make();
    else
        grid_make_in_isr(128);
    grid_end();
}

int main(int argc, char **argv)
{
    os_ubase_t state;

    grid_arguments(argc, argv);
    prepare();
    if (grid_is("task")) {
        grid_make();
    } else if (grid_is("isr")) {
        grid_make_in_isr(128);
    } else if (grid_is("urgent")) {
        grid_make_in_isr(0);
    } else if (grid_is("locked")) {
        os_schedule_lock();
        grid_make();
    } else if (grid_is("off")) {
        state = os_irq_lock();
        grid_make();
        os_irq_unlock(state);
    } else if (grid_is("idle")) {
        kernel.idle_hooks[0] = grid_make_and_end;
        task_sleep(5);
    }
    grid_end();
    return 1;
}
