/* OneOS's memory calls, on any heap; and those on the system heap. */
#include "internal.h"

#include "os_util.h"

/* --- versions --- */

bool oneos_is_v1(void)
{
    return kernel.heap_config.ops == &heap_oneos_small;
}

bool oneos_has(bool v1, struct heap_call call)
{
    if (v1 == oneos_is_v1())
        return true;
    api_misuse(call, DIAGNOSIS_UNSUPPORTED, NULL, 0,
               v1 ? "only OneOS 1.x has that call (--heap oneos-small)"
                  : "OneOS 1.x, whose heap was chosen, does not have that call");
    return false;
}

/* --- the lock --- */

bool oneos_enter(struct oneos_target target, struct heap_call call)
{
    enum take_result result;

    if (target.heap->ops == NULL || !oneos_allowed(call))
        return false;
    if (task_self() == NULL ||
        api_lock_heap(target.lock, rules_here() == 0 ? WAIT_FOREVER : 0, &result))
        return true;
    return rules_allow(&oneos_rules, call, true); /* the idle task: another is in the heap */
}

void oneos_leave(struct oneos_target target)
{
    if (task_self() != NULL)
        api_unlock_heap(target.lock);
}

/* --- regions --- */

/* The index of an algorithm in the heap's table, or one past the last. */
static unsigned algorithm_index(const struct heap_ops *ops, enum os_mem_alg alg)
{
    static const char *const names[] = {[OS_MEM_ALG_FIRSTFIT] = "first-fit",
                                        [OS_MEM_ALG_BUDDY] = "buddy",
                                        [OS_MEM_ALG_SMALL] = "small"};
    unsigned i = 0;

    if (alg == OS_MEM_ALG_DEFAULT)
        return 0;
    while (ops->algorithms[i] != NULL &&
           ((unsigned)alg >= OS_MEM_ALG_DEFAULT || strcmp(ops->algorithms[i], names[alg]) != 0))
        i++;
    return i;
}

static const char *add_region(struct heap *h, const char *name, const struct heap_region *region,
                              taddr_t object, struct heap_call call)
{
    if (h->ops != NULL)
        return heap_add_region(h, region, call);
    return heap_init(h, &kernel.heap_config, name, region, 1, object, call);
}

/* What the call answers; where the board would have stopped, after a diagnosis. */
static os_err_t add_error(const char *refusal, const void *start, os_size_t size,
                          struct heap_call call)
{
    if (refusal == NULL)
        return OS_EOK;
    if (refusal == oneos_refusals[ONEOS_ENOMEM])
        return OS_ENOMEM;
    if (refusal == oneos_refusals[ONEOS_EINVAL_OVERLAP] ||
        refusal == oneos_refusals[ONEOS_OVERLAP_UNSEEN] ||
        refusal == oneos_refusals[ONEOS_EINVAL_ALGORITHM])
        return OS_EINVAL;
    api_misuse(call, DIAGNOSIS_BAD_REGION, start, size, refusal);
    return refusal == oneos_refusals[ONEOS_STOP_SMALL] ? OS_ENOMEM : OS_EINVAL;
}

os_err_t oneos_add(struct oneos_target target, const char *name, void *start, os_size_t size,
                   enum os_mem_alg alg, taddr_t object, struct heap_call call)
{
    const struct heap_region region = {api_address(start), (tsize_t)size,
                                       algorithm_index(kernel.heap_config.ops, alg)};

    if (!oneos_allowed(call))
        return OS_ERROR;
    if ((unsigned)alg < OS_MEM_ALG_DEFAULT &&
        kernel.heap_config.ops->algorithms[region.algorithm] == NULL)
        api_misuse(call, DIAGNOSIS_UNSUPPORTED, start, size,
                   "the chosen heap has no such algorithm: on the board the program would not "
                   "compile (--heap oneos-mixed has them all)");
    return add_error(target_reaches(start, size)
                         ? add_region(target.heap, name, &region, object, call)
                         : port_memory_refusal(start, size),
                     start, size, call);
}

/* --- allocating --- */

/* A request that needs no search takes no lock upstream, so it is noticed nowhere. */
static bool goes_unnoticed(struct oneos_target target, os_size_t size, struct heap_call call)
{
    return !oneos_is_v1() && target.heap->ops != NULL &&
           !rules_would_allow(&oneos_rules, call, false) && size <= UINT32_MAX &&
           !oneos_searches(target.heap, (tsize_t)size);
}

void *oneos_malloc(struct oneos_target target, os_size_t size, struct heap_call call)
{
    taddr_t block;

    if (!api_fits(size, call) || goes_unnoticed(target, size, call) || !oneos_enter(target, call))
        return NULL;
    block = heap_alloc(target.heap, (tsize_t)size, call);
    oneos_leave(target);
    oneos_tell_malloc(target_pointer(block), size);
    return target_pointer(block);
}

void *oneos_calloc(struct oneos_target target, os_size_t count, os_size_t size,
                   struct heap_call call)
{
    taddr_t block;

    if (!api_fits(count, call) || !api_fits(size, call) ||
        goes_unnoticed(target, (tsize_t)(count * size), call) || !oneos_enter(target, call))
        return NULL;
    block = heap_alloc_cleared(target.heap, (tsize_t)count, (tsize_t)size, call);
    oneos_leave(target);
    oneos_tell_malloc(target_pointer(block), count * size);
    return target_pointer(block);
}

void *oneos_aligned_malloc(struct oneos_target target, os_size_t align, os_size_t size,
                           struct heap_call call)
{
    taddr_t block;

    if (!api_fits(size, call) || !api_fits(align, call) ||
        (size == 0 && !rules_would_allow(&oneos_rules, call, false)) || !oneos_enter(target, call))
        return NULL;
    block = heap_alloc_aligned(target.heap, (tsize_t)size, (tsize_t)align, call);
    oneos_leave(target);
    return target_pointer(block);
}

/* --- realloc, free --- */

void *oneos_realloc(struct oneos_target target, void *block, os_size_t size, struct heap_call call)
{
    taddr_t result;

    if (!api_fits(size, call) || !api_is_on_board(block, call) ||
        (block == NULL && goes_unnoticed(target, size, call)) || !oneos_enter(target, call))
        return NULL;
    result = heap_realloc(target.heap, api_address(block), (tsize_t)size, call);
    oneos_leave(target);
    oneos_tell_realloc(block, target_pointer(result), size);
    return target_pointer(result);
}

void oneos_free(struct oneos_target target, void *block, struct heap_call call)
{
    if (!api_is_on_board(block, call) || (block == NULL && oneos_is_v1()))
        return;
    if (target.heap->ops == NULL) {
        api_misuse(call, DIAGNOSIS_FOREIGN_POINTER, block, 0,
                   "the heap has no region that it could lie in: the board would stop");
        return;
    }
    oneos_tell_free(target.heap, block);
    if (!oneos_enter(target, call))
        return;
    heap_free(target.heap, api_address(block), call);
    oneos_leave(target);
}

/* --- figures --- */

void oneos_info(struct oneos_target target, os_meminfo_t *info)
{
    struct heap_stats stats = {0, 0, 0};

    if (target.heap->ops != NULL)
        target.heap->ops->stats(target.heap, &stats);
    *info = (os_meminfo_t){stats.total, stats.used, stats.used_max};
}

os_err_t oneos_check(struct oneos_target target, struct heap_call call)
{
    struct heap_fault fault;

    if (target.heap->ops == NULL)
        return OS_EOK;
    if (!oneos_enter(target, call))
        return OS_ERROR;
    const bool whole = target.heap->ops->check(target.heap, &fault);
    if (!whole) {
        target.heap->call = call;
        heap_misuse(target.heap, DIAGNOSIS_HEAP_CORRUPT, fault.address, 0, fault.text);
    }
    oneos_leave(target);
    return whole ? OS_EOK : OS_ERROR;
}

static bool print_used(void *context, const struct heap_block *block)
{
    (void)context;
    if (block->used)
        os_kprintf("0x%08x %u\n", block->payload, block->usable);
    return true;
}

os_err_t oneos_trace(struct oneos_target target, struct heap_call call)
{
    if (oneos_enter(target, call)) {
        target.heap->ops->walk(target.heap, print_used, NULL);
        oneos_leave(target);
    }
    return OS_EOK;
}

/* --- the system heap --- */

struct oneos_target oneos_system(void)
{
    return (struct oneos_target){&kernel.system_heap, &kernel.heap_semaphore};
}

void os_sys_heap_init(void)
{
    const struct heap_call call = ONEOS_CALL(os_sys_heap_init);

    if (oneos_has(false, call) && oneos_allowed(call))
        api_misuse(call, DIAGNOSIS_OBJECT, NULL, 0,
                   "the system heap is there: heapsim's start-up has made it of the RAM");
}

os_err_t os_sys_heap_add(void *start, os_size_t size, enum os_mem_alg alg)
{
    const struct heap_call call = ONEOS_CALL(os_sys_heap_add);

    if (!oneos_has(false, call))
        return OS_ERROR;
    const os_err_t error = oneos_add(oneos_system(), "SYS_HEAP", start, size, alg, 0, call);
    kernel.system_heap_live = kernel.system_heap.ops != NULL;
    return error;
}

void *os_malloc(os_size_t size)
{
    return oneos_malloc(oneos_system(), size, ONEOS_CALL(os_malloc));
}

void *os_aligned_malloc(os_size_t align, os_size_t size)
{
    const struct heap_call call = ONEOS_CALL(os_aligned_malloc);

    return oneos_has(false, call) ? oneos_aligned_malloc(oneos_system(), align, size, call) : NULL;
}

void *os_realloc(void *ptr, os_size_t size)
{
    return oneos_realloc(oneos_system(), ptr, size, ONEOS_CALL(os_realloc));
}

void *os_calloc(os_size_t count, os_size_t size)
{
    return oneos_calloc(oneos_system(), count, size, ONEOS_CALL(os_calloc));
}

void os_free(void *ptr)
{
    oneos_free(oneos_system(), ptr, ONEOS_CALL(os_free));
}

void os_memory_info(os_meminfo_t *info)
{
    const struct heap_call call = ONEOS_CALL(os_memory_info);

    port_touch(info, sizeof *info, true, &call);
    oneos_info(oneos_system(), info);
}

os_err_t os_memory_check(void)
{
    return oneos_check(oneos_system(), ONEOS_CALL(os_memory_check));
}

os_err_t os_memory_trace(void)
{
    return oneos_trace(oneos_system(), ONEOS_CALL(os_memory_trace));
}
