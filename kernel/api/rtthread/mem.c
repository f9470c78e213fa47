/*
 * RT-Thread's memory calls: the system heap behind rt_malloc and its kin, and small-mem heaps of
 * the application's own.
 */
#include "internal.h"

#include "../../heap/allocators.h"

/*
 * An argument of the host's width as the target's: a size or pointer that does not fit 32 bits
 * can't come from a program that would run on the board.
 */
static bool fits_target(rt_ubase_t value, struct heap_call call)
{
    if (value == (tsize_t)value)
        return true;
    rt_misuse(call, DIAGNOSIS_SIZE_OVERFLOW, NULL, (tsize_t)value,
              "the size needs more than the 32 bits of the board's size_t");
    return false;
}

static bool is_on_board(const void *block, struct heap_call call)
{
    if ((uintptr_t)block == (taddr_t)(uintptr_t)block)
        return true;
    rt_misuse(call, DIAGNOSIS_FOREIGN_POINTER, block, 0, port_memory_refusal(block, 1));
    return false;
}

static taddr_t address_of(const void *block)
{
    return (taddr_t)(uintptr_t)block;
}

/* --- the system heap and its lock --- */

/*
 * With the mutex (RT-Thread's standard), heap calls are forbidden in interrupts and with the
 * scheduler locked; before the first thread runs there is no lock and no check. With interrupts off
 * (RT_USING_HEAP_ISR) they are allowed everywhere.
 */
static bool lock_heap(struct heap_call call, bool *masked)
{
    if (kernel.heap_lock == HEAP_LOCK_INTERRUPTS) {
        *masked = kernel_enter();
        return true;
    }
    *masked = false;
    if (task_self() == NULL)
        return true;
    if (!rt_may_use_heap(call))
        return false;
    if (mutex_take(&kernel.heap_mutex, rt_can_wait() ? WAIT_FOREVER : 0) == TAKEN)
        return true;
    rt_may_wait(call); /* the idle thread: a suspended one holds the lock */
    return false;
}

static void unlock_heap(bool masked)
{
    if (kernel.heap_lock == HEAP_LOCK_INTERRUPTS)
        kernel_leave(masked);
    else if (task_self() != NULL)
        mutex_release(&kernel.heap_mutex);
}

/* The system heap, locked; NULL after a diagnosis. */
static struct heap *enter_heap(struct heap_call call, bool *masked)
{
    if (kernel.system_heap_live)
        return lock_heap(call, masked) ? &kernel.system_heap : NULL;
    rt_misuse(call, DIAGNOSIS_BAD_REGION, NULL, 0,
              "there is no system heap yet: call rt_system_heap_init first");
    return NULL;
}

void rt_system_heap_init(void *begin, void *end)
{
    const struct heap_call call = HEAP_CALL("rt_system_heap_init");
    const char *const name = "heap";

    if (kernel.system_heap_live) {
        rt_misuse(call, DIAGNOSIS_ASSERTION, begin, 0,
                  "the system heap is set up already; upstream asserts here");
        return;
    }
    if (end <= begin) {
        rt_misuse(call, DIAGNOSIS_BAD_REGION, begin, 0, "its end is not above its begin");
        return;
    }
    if (kernel.heap_config.ops == NULL)
        heap_config_standard(&kernel.heap_config, &heap_rt_small_mem);
    struct heap_config config = kernel.heap_config;
    const int front = heap_option_index(config.ops, "front");
    if (front >= 0)
        config.option[front] = 1;
    const size_t size = (size_t)((char *)end - (char *)begin);
    const struct heap_region region = {address_of(begin), (tsize_t)size, 0};
    const char *const refusal =
        target_reaches(begin, size)
            ? heap_init(&kernel.system_heap, &config, name, &region, 1, 0, call)
            : port_memory_refusal(begin, size);
    if (refusal != NULL)
        rt_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, refusal);
    kernel.system_heap_live = refusal == NULL;
}

void *rt_malloc(rt_size_t size)
{
    const struct heap_call call = HEAP_CALL("rt_malloc");
    struct heap *h;
    void *block = NULL;
    bool masked;

    if (fits_target(size, call) && (h = enter_heap(call, &masked)) != NULL) {
        block = target_pointer(heap_alloc(h, (tsize_t)size, call));
        unlock_heap(masked);
    }
    if (kernel.rtthread.malloc_hook != NULL)
        kernel.rtthread.malloc_hook(&block, size);
    return block;
}

void rt_free(void *block)
{
    const struct heap_call call = HEAP_CALL("rt_free");
    struct heap *h;
    bool masked;

    if (kernel.rtthread.free_hook != NULL)
        kernel.rtthread.free_hook(&block);
    if (block == NULL || !is_on_board(block, call) || (h = enter_heap(call, &masked)) == NULL)
        return;
    heap_free(h, address_of(block), call);
    unlock_heap(masked);
}

void *rt_realloc(void *block, rt_size_t size)
{
    const struct heap_call call = HEAP_CALL("rt_realloc");
    struct heap *h;
    void *result = NULL;
    bool masked;

    if (kernel.rtthread.realloc_entry_hook != NULL)
        kernel.rtthread.realloc_entry_hook(&block, size);
    if (fits_target(size, call) && is_on_board(block, call) &&
        (h = enter_heap(call, &masked)) != NULL) {
        result = target_pointer(heap_realloc(h, address_of(block), (tsize_t)size, call));
        unlock_heap(masked);
    }
    if (kernel.rtthread.realloc_exit_hook != NULL)
        kernel.rtthread.realloc_exit_hook(&result, size);
    return result;
}

void *rt_calloc(rt_size_t count, rt_size_t size)
{
    const struct heap_call call = HEAP_CALL("rt_calloc");
    struct heap *h;
    void *block = NULL;
    bool masked;

    if (fits_target(count, call) && fits_target(size, call) &&
        (h = enter_heap(call, &masked)) != NULL) {
        block = target_pointer(heap_alloc_cleared(h, (tsize_t)count, (tsize_t)size, call));
        unlock_heap(masked);
    }
    if (kernel.rtthread.malloc_hook != NULL)
        kernel.rtthread.malloc_hook(&block, (tsize_t)(count * size));
    return block;
}

/* The hooks see the raw block behind an aligned one, and its size, as upstream's do. */
void *rt_malloc_align(rt_size_t size, rt_size_t align)
{
    const struct heap_call call = HEAP_CALL("rt_malloc_align");
    struct heap *h;
    taddr_t block = 0;
    bool masked;

    if (fits_target(size, call) && fits_target(align, call) &&
        (h = enter_heap(call, &masked)) != NULL) {
        block = heap_alloc_aligned(h, (tsize_t)size, (tsize_t)align, call);
        unlock_heap(masked);
    }
    if (kernel.rtthread.malloc_hook != NULL) {
        void *raw = block != 0 ? target_pointer(load32(block - 4)) : NULL;

        kernel.rtthread.malloc_hook(&raw, align_up((tsize_t)size, 4) + align_up((tsize_t)align, 4));
    }
    return target_pointer(block);
}

void rt_free_align(void *block)
{
    const struct heap_call call = HEAP_CALL("rt_free_align");
    struct heap *const system = &kernel.system_heap;
    struct heap *h;
    bool masked;

    if (block == NULL || !is_on_board(block, call))
        return;
    if (kernel.rtthread.free_hook != NULL && kernel.system_heap_live &&
        heap_contains(system, address_of(block) - 4, 4)) {
        void *raw = target_pointer(load32(address_of(block) - 4));

        kernel.rtthread.free_hook(&raw);
    }
    if ((h = enter_heap(call, &masked)) == NULL)
        return;
    heap_free_aligned(h, address_of(block), call);
    unlock_heap(masked);
}

void rt_memory_info(rt_size_t *total, rt_size_t *used, rt_size_t *max_used)
{
    struct heap_stats stats = {0, 0, 0};
    struct heap *h;
    bool masked;

    if ((h = enter_heap(HEAP_CALL("rt_memory_info"), &masked)) != NULL) {
        h->ops->stats(h, &stats);
        unlock_heap(masked);
    }
    if (total != NULL)
        *total = stats.total;
    if (used != NULL)
        *used = stats.used;
    if (max_used != NULL)
        *max_used = stats.used_max;
}

/* --- hooks --- */

void rt_malloc_sethook(void (*hook)(void **block, rt_size_t size))
{
    kernel.rtthread.malloc_hook = hook;
}

void rt_free_sethook(void (*hook)(void **block))
{
    kernel.rtthread.free_hook = hook;
}

void rt_realloc_set_entry_hook(void (*hook)(void **block, rt_size_t size))
{
    kernel.rtthread.realloc_entry_hook = hook;
}

void rt_realloc_set_exit_hook(void (*hook)(void **block, rt_size_t size))
{
    kernel.rtthread.realloc_exit_hook = hook;
}

/* --- small-mem heaps of the application's own --- */

/* Options that one build of RT-Thread has in common for all its heaps. */
struct heap_config rt_build_config(const struct heap_ops *ops)
{
    static const char *const shared[] = {"align", "name_max", "memtrace"};
    const struct heap_config *const system = &kernel.heap_config;
    struct heap_config config;

    heap_config_standard(&config, ops);
    config.faithful = system->faithful;
    config.events = system->events;
    config.points = system->points;
    for (unsigned i = 0; system->ops != NULL && i < sizeof shared / sizeof shared[0]; i++) {
        const int from = heap_option_index(system->ops, shared[i]);
        const int to = heap_option_index(ops, shared[i]);

        if (from >= 0 && to >= 0)
            config.option[to] = system->option[from];
    }
    return config;
}

static struct heap *small_mem_of(rt_smem_t handle, struct heap_call call)
{
    struct heap *const h = heap_by_object(address_of(handle));

    if (h != NULL && h->ops == &heap_rt_small_mem && target_reaches(handle, 1))
        return h;
    rt_misuse(call, DIAGNOSIS_FOREIGN_POINTER, handle, 0,
              "it is no handle of a live small-mem heap");
    return NULL;
}

rt_smem_t rt_smem_init(const char *name, void *begin, rt_size_t size)
{
    const struct heap_call call = HEAP_CALL("rt_smem_init");
    const struct heap_config config = rt_build_config(&heap_rt_small_mem);
    const struct heap_region region = {address_of(begin), (tsize_t)size, 0};
    struct heap *const h = kernel_free_heap();

    if (h == NULL) {
        rt_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, "there are too many heaps already");
        return NULL;
    }
    const char *const refusal = target_reaches(begin, size)
                                    ? heap_init(h, &config, name, &region, 1, 0, call)
                                    : port_memory_refusal(begin, size);
    if (refusal == NULL)
        return target_pointer(h->object);
    h->ops = NULL;
    if (port_memory_refusal(begin, size) != NULL)
        rt_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, refusal);
    else
        rt_kprintf("mem init, error begin address 0x%x, and end address 0x%x\n", region.begin,
                   region.begin + region.size);
    return NULL;
}

rt_err_t rt_smem_detach(rt_smem_t handle)
{
    struct heap *const h = small_mem_of(handle, HEAP_CALL("rt_smem_detach"));

    if (h == NULL)
        return -RT_EINVAL;
    heap_detach(h);
    return RT_EOK;
}

void *rt_smem_alloc(rt_smem_t handle, rt_size_t size)
{
    const struct heap_call call = HEAP_CALL("rt_smem_alloc");
    struct heap *const h = small_mem_of(handle, call);

    if (h == NULL || !fits_target(size, call))
        return NULL;
    return target_pointer(heap_alloc(h, (tsize_t)size, call));
}

void *rt_smem_realloc(rt_smem_t handle, void *block, rt_size_t size)
{
    const struct heap_call call = HEAP_CALL("rt_smem_realloc");
    struct heap *const h = small_mem_of(handle, call);

    if (h == NULL || !fits_target(size, call) || !is_on_board(block, call))
        return NULL;
    return target_pointer(heap_realloc(h, address_of(block), (tsize_t)size, call));
}

void rt_smem_free(void *block)
{
    const struct heap_call call = HEAP_CALL("rt_smem_free");

    if (block == NULL || !is_on_board(block, call))
        return;
    for (struct heap *h = kernel.heap_list; h != NULL; h = h->next) {
        if (h->ops == &heap_rt_small_mem && heap_contains(h, address_of(block), 1)) {
            heap_free(h, address_of(block), call);
            return;
        }
    }
    rt_misuse(call, DIAGNOSIS_FOREIGN_POINTER, block, 0, "it lies in no small-mem heap");
}
