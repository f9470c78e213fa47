/*
 * RT-Thread's system heap: rt_malloc and its kin, on whatever allocator --heap names.
 *
 * - Each call locks the heap, asks it, unlocks, and then calls its hook, as upstream does.
 * RT-Thread's package of TLSF calls its hooks before it unlocks, and none in rt_realloc.
 * - A memheap as system heap has the application's memheaps bound to it (memheap.c).
 */
#include "internal.h"

#include "../../heap/allocators.h"
#include "../../heap/rt_memheap.h"
#include "../../heap/tlsf.h"

/* --- the lock --- */

/*
 * With the mutex (RT-Thread's standard) or the semaphore (its package of TLSF), heap calls are
 * forbidden in interrupts and with the scheduler locked; before the first thread runs there is no
 * lock and no check. With interrupts off (RT_USING_HEAP_ISR) they are allowed everywhere.
 */
static bool lock_heap(struct heap_call call, bool *masked)
{
    if (kernel.heap_lock == HEAP_LOCK_INTERRUPTS) {
        *masked = kernel_enter();
        if (!*masked)
            irq_note_site(call.site);
        return true;
    }
    *masked = false;
    if (task_self() == NULL)
        return true;
    if (!rt_allowed(call))
        return false;
    const uint32_t ticks = rt_can_wait() ? WAIT_FOREVER : 0;
    enum take_result result;
    if (kernel.heap_lock == HEAP_LOCK_SEMAPHORE)
        api_lock_heap(&kernel.heap_semaphore, ticks, &result);
    else
        result = mutex_take(&kernel.heap_mutex, ticks);
    if (result != TAKEN)
        rt_allowed_to_wait(call); /* the idle thread: a suspended one holds the lock */
    return result == TAKEN;
}

void rt_leave_heap(bool masked)
{
    if (kernel.heap_lock == HEAP_LOCK_INTERRUPTS)
        kernel_leave(masked);
    else if (task_self() == NULL)
        return;
    else if (kernel.heap_lock == HEAP_LOCK_SEMAPHORE)
        api_unlock_heap(&kernel.heap_semaphore);
    else
        mutex_release(&kernel.heap_mutex);
}

struct heap *rt_enter_heap(struct heap_call call, bool *masked)
{
    if (kernel.system_heap_live)
        return lock_heap(call, masked) ? &kernel.system_heap : NULL;
    api_misuse(call, DIAGNOSIS_BAD_REGION, NULL, 0,
               "there is no system heap yet: call rt_system_heap_init first");
    return NULL;
}

/* RT-Thread's package of TLSF has a lock of its own kind, and calls its hooks inside. */
static bool hooks_inside(void)
{
    return kernel.heap_lock == HEAP_LOCK_SEMAPHORE;
}

/* --- set-up --- */

/* Options that one build of RT-Thread has in common for all its heaps. */
struct heap_config rt_build_config(const struct heap_ops *ops)
{
    static const char *const shared[] = {"align", "name_max", "memtrace", "mode"};
    struct heap_config config = api_config(ops);

    api_share_options(&config, shared, sizeof shared / sizeof shared[0]);
    rt_set_release(&config);
    return config;
}

/* --rtthread holds for its heaps as well, unless --heap says otherwise. */
void rt_set_release(struct heap_config *config)
{
    const int index = heap_option_index(config->ops, "release");

    if (index >= 0 && strcmp(config->ops->options[index].upstream, "RT_VERSION") == 0 &&
        config->option[index] == config->ops->options[index].standard &&
        kernel.rtthread.release != 0)
        config->option[index] = kernel.rtthread.release;
}

static struct heap_config system_config(void)
{
    if (kernel.heap_config.ops == NULL)
        heap_config_standard(&kernel.heap_config, &heap_rt_small_mem);
    struct heap_config config = kernel.heap_config;
    const int front = heap_option_index(config.ops, "front");
    if (front >= 0)
        config.option[front] = 1;
    rt_set_release(&config);
    return config;
}

void rt_system_heap_init(void *begin, void *end)
{
    const struct heap_call call = RT_CALL(rt_system_heap_init);
    const char *const name = "heap";

    if (kernel.system_heap_live) {
        api_misuse(call, DIAGNOSIS_ASSERTION, begin, 0,
                   "the system heap is set up already; upstream asserts here");
        return;
    }
    if (end <= begin) {
        api_misuse(call, DIAGNOSIS_BAD_REGION, begin, 0, "its end is not above its begin");
        return;
    }
    const struct heap_config config = system_config();
    if (config.ops == &heap_tlsf && kernel.heap_lock == HEAP_LOCK_MUTEX)
        kernel.heap_lock = HEAP_LOCK_SEMAPHORE;
    const size_t size = (size_t)((char *)end - (char *)begin);
    const struct heap_region region = {api_address(begin), (tsize_t)size, 0};
    const char *const refusal =
        target_reaches(begin, size)
            ? heap_init(&kernel.system_heap, &config, name, &region, 1, 0, call)
            : port_memory_refusal(begin, size);
    if (refusal != NULL)
        api_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, refusal);
    kernel.system_heap_live = refusal == NULL;
}

/* --- allocating --- */

taddr_t rt_serve_plain(struct heap *h, tsize_t size, tsize_t unused, struct heap_call call)
{
    (void)unused;
    return heap_alloc(h, size, call);
}

taddr_t rt_serve_bound(struct heap *h, rt_serve *ask, tsize_t a, tsize_t b, struct heap_call call)
{
    const taddr_t block = ask(h, a, b, call);

    if (block != 0 || !rt_is_bound() || h->refused)
        return block;
    return rt_memheap_serve_bound(ask, a, b, call);
}

/* The hook may put another block in the place of what it is handed. */
static inline void *call_malloc_hook(void *block, rt_size_t size)
{
    if (kernel.rtthread.malloc_hook != NULL)
        kernel.rtthread.malloc_hook(&block, size);
    return block;
}

static inline void *allocate(rt_serve *ask, rt_size_t a, rt_size_t b, rt_size_t hook_size,
                             struct heap_call call)
{
    struct heap *h;
    bool masked;

    if (!api_fits(a, call) || !api_fits(b, call) || (h = rt_enter_heap(call, &masked)) == NULL)
        return call_malloc_hook(NULL, hook_size);
    void *block = target_pointer(rt_serve_bound(h, ask, (tsize_t)a, (tsize_t)b, call));
    const bool inside = hooks_inside();
    if (inside)
        block = call_malloc_hook(block, hook_size);
    rt_leave_heap(masked);
    return inside ? block : call_malloc_hook(block, hook_size);
}

void *rt_heap_malloc(size_t size, struct heap_call call)
{
    return allocate(rt_serve_plain, size, 0, size, call);
}

void *rt_malloc(rt_size_t size)
{
    return rt_heap_malloc(size, RT_CALL(rt_malloc));
}

void *rt_heap_calloc(size_t count, size_t size, struct heap_call call)
{
    return allocate(api_alloc_cleared, count, size, (tsize_t)(count * size), call);
}

void *rt_calloc(rt_size_t count, rt_size_t size)
{
    return rt_heap_calloc(count, size, RT_CALL(rt_calloc));
}

/* --- freeing --- */

void rt_release(struct heap *h, taddr_t block, struct heap_call call)
{
    struct rt_memheap *const m = rt_is_bound() ? rt_memheap_around(block) : NULL;

    if (m != NULL)
        rt_memheap_give(m, heap_free, block, call);
    else
        heap_free(h, block, call);
}

void rt_heap_free(void *block, struct heap_call call)
{
    struct heap *h;
    bool masked;

    if (kernel.rtthread.free_hook != NULL && !hooks_inside())
        kernel.rtthread.free_hook(&block);
    if (block == NULL || !api_is_on_board(block, call) ||
        (h = rt_enter_heap(call, &masked)) == NULL)
        return;
    if (kernel.rtthread.free_hook != NULL && hooks_inside())
        kernel.rtthread.free_hook(&block);
    if (block != NULL && api_is_on_board(block, call))
        rt_release(h, api_address(block), call);
    rt_leave_heap(masked);
}

void rt_free(void *block)
{
    rt_heap_free(block, RT_CALL(rt_free));
}

/* --- realloc --- */

static taddr_t resize(struct heap *h, taddr_t block, tsize_t size, struct heap_call call)
{
    return rt_is_bound() ? rt_memheap_resize_bound(block, size, call)
                         : heap_realloc(h, block, size, call);
}

void *rt_heap_realloc(void *block, size_t size, struct heap_call call)
{
    const bool hooked = !hooks_inside();
    struct heap *h;
    void *result = NULL;
    bool masked;

    if (hooked && kernel.rtthread.realloc_entry_hook != NULL)
        kernel.rtthread.realloc_entry_hook(&block, size);
    if (api_fits(size, call) && api_is_on_board(block, call) &&
        (h = rt_enter_heap(call, &masked)) != NULL) {
        result = target_pointer(resize(h, api_address(block), (tsize_t)size, call));
        rt_leave_heap(masked);
    }
    if (hooked && kernel.rtthread.realloc_exit_hook != NULL)
        kernel.rtthread.realloc_exit_hook(&result, size);
    return result;
}

void *rt_realloc(void *block, rt_size_t size)
{
    return rt_heap_realloc(block, size, RT_CALL(rt_realloc));
}

static void tell(rt_size_t *to, rt_size_t figure, const struct heap_call *call)
{
    if (to == NULL)
        return;
    port_touch(to, sizeof *to, true, call);
    *to = figure;
}

void rt_tell_stats(const struct heap_stats *stats, rt_size_t *total, rt_size_t *used,
                   rt_size_t *max_used, struct heap_call call)
{
    tell(total, stats->total, &call);
    tell(used, stats->used, &call);
    tell(max_used, stats->used_max, &call);
}

void rt_memory_info(rt_size_t *total, rt_size_t *used, rt_size_t *max_used)
{
    const struct heap_call call = RT_CALL(rt_memory_info);
    struct heap_stats stats = {0, 0, 0};
    struct heap *h;
    bool masked;

    if ((h = rt_enter_heap(call, &masked)) != NULL) {
        port_inside_begin();
        if (rt_is_bound())
            rt_memheap_stats(h, 0, &stats); /* of its own region, however many are bound */
        else if (h->ops == &heap_tlsf)
            tlsf_memory_info(h, &stats);
        else
            h->ops->stats(h, &stats);
        port_inside_end();
        rt_leave_heap(masked);
    }
    rt_tell_stats(&stats, total, used, max_used, call);
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
