/* RT-Thread's memory pools. */
#include "internal.h"

#include "../../heap/allocators.h"

/* Section of behaviour that changed with 5.1.0: the order of waiters, the sign of an error. */
static rt_bool_t is_old(void)
{
    return kernel.rtthread.release != 0 && kernel.rtthread.release < HEAP_VERSION(5, 1, 0);
}

/* Sets the pool up over [start, start + size); `object` is its address on the board. */
static const char *set_up(struct rt_mempool *mp, const char *name, void *start, rt_size_t size,
                          rt_size_t block_size, const void *object, struct heap_call call)
{
    struct heap_config config = rt_build_config(&heap_rt_mempool);
    const struct heap_region region = {(taddr_t)(uintptr_t)start, (tsize_t)size, 0};

    if (!target_reaches(start, size))
        return port_memory_refusal(start, size);
    if (!target_reaches(object, 1))
        return "the pool object lies where the board has no memory; make it static";
    if (block_size == 0 || block_size > UINT32_MAX || size == 0)
        return "a pool needs memory and a block size above 0";
    config.option[heap_option_index(config.ops, "block_size")] = (tsize_t)block_size;
    config.points = false; /* the pool's lock keeps interrupts off */
    rt_object_name(&mp->parent, name);
    const char *const refusal =
        pool_init(&mp->pool, &config, mp->parent.name, region, (taddr_t)(uintptr_t)object,
                  is_old() ? WAIT_LIFO : WAIT_FIFO, call);
    mp->live = refusal == NULL;
    return refusal;
}

rt_err_t rt_mp_init(struct rt_mempool *mp, const char *name, void *start, rt_size_t size,
                    rt_size_t block_size)
{
    const struct heap_call call = RT_CALL(rt_mp_init);

    if (!rt_is_live(rt_is_there(mp, call), mp, call))
        return -RT_ERROR;
    memset(mp, 0, sizeof *mp);
    const char *const refusal = set_up(mp, name, start, size, block_size, mp, call);
    if (refusal == NULL)
        return RT_EOK;
    rt_misuse(call, DIAGNOSIS_BAD_REGION, start, size, refusal);
    return -RT_ERROR;
}

rt_mp_t rt_mp_create(const char *name, rt_size_t block_count, rt_size_t block_size)
{
    const struct heap_call call = RT_CALL(rt_mp_create);
    const tsize_t align = rt_build_config(&heap_rt_mempool).option[0];
    const uint64_t stride = (uint64_t)align_up((tsize_t)block_size, align) + 4;
    const uint64_t bytes = stride * block_count;
    struct rt_charge charge;

    if (!rt_allowed(call))
        return NULL;
    if (block_size == 0 || block_count == 0 || block_size > UINT32_MAX - align ||
        block_count > UINT32_MAX || bytes > UINT32_MAX) {
        rt_misuse(call, DIAGNOSIS_SIZE_OVERFLOW, NULL, block_size,
                  "count x block size is nothing, or does not fit 32 bits");
        return NULL;
    }
    if (!rt_charge_take(&charge, RT_KIND_MEMPOOL, (rt_size_t)bytes, RT_TRUE))
        return NULL;
    struct rt_mempool *const mp = port_object_alloc(sizeof *mp);
    if (mp == NULL || set_up(mp, name, charge.memory, (rt_size_t)align_up((tsize_t)bytes, align),
                             block_size, charge.object, call) != NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    mp->charge = charge;
    return mp;
}

static rt_err_t end(rt_mp_t mp, rt_bool_t dynamic, struct heap_call call)
{
    if ((dynamic && !rt_allowed(call)) || !rt_is_live(rt_is_there(mp, call) && mp->live, mp, call))
        return -RT_ERROR;
    if ((mp->charge.object != NULL) != dynamic) {
        rt_misuse(call, DIAGNOSIS_OBJECT, mp, 0,
                  dynamic ? "the pool is static: detach it" : "the pool is dynamic: delete it");
        return -RT_ERROR;
    }
    mp->live = RT_FALSE;
    pool_delete(&mp->pool);
    if (dynamic) {
        rt_charge_free(&mp->charge);
        port_object_free(mp, sizeof *mp);
    }
    return RT_EOK;
}

rt_err_t rt_mp_detach(struct rt_mempool *mp)
{
    return end(mp, RT_FALSE, RT_CALL(rt_mp_detach));
}

rt_err_t rt_mp_delete(rt_mp_t mp)
{
    return end(mp, RT_TRUE, RT_CALL(rt_mp_delete));
}

void *rt_mp_alloc(rt_mp_t mp, rt_int32_t time)
{
    const struct heap_call call = RT_CALL(rt_mp_alloc);
    enum take_result result;

    if (!rt_is_live(rt_is_there(mp, call) && mp->live, mp, call))
        return NULL;
    const taddr_t block = pool_alloc(&mp->pool, rt_can_wait() ? rt_ticks(time) : 0, &result, call);
    if (result == TAKE_EMPTY && time != 0 && !rt_can_wait()) {
        rt_allowed_to_wait(call); /* only one that would have to wait is forbidden */
        return NULL;
    }
    if (block == 0)
        rt_set_errno(result != TAKE_DELETED ? -RT_ETIMEOUT : is_old() ? -RT_ERROR : RT_ERROR);
    else if (kernel.rtthread.pool_alloc_hook != NULL)
        kernel.rtthread.pool_alloc_hook(mp, target_pointer(block));
    return target_pointer(block);
}

void rt_mp_free(void *block)
{
    const struct heap_call call = RT_CALL(rt_mp_free);
    struct pool *const pool = pool_of_block((taddr_t)(uintptr_t)block);

    if (block == NULL)
        return;
    if (pool == NULL || !target_reaches(block, 1)) {
        rt_misuse(call, DIAGNOSIS_FOREIGN_POINTER, block, 0, "it lies in no memory pool");
        return;
    }
    if (kernel.rtthread.pool_free_hook != NULL)
        kernel.rtthread.pool_free_hook(list_entry(pool, struct rt_mempool, pool), block);
    pool_free(pool, (taddr_t)(uintptr_t)block, call);
}

void rt_mp_alloc_sethook(void (*hook)(struct rt_mempool *mp, void *block))
{
    kernel.rtthread.pool_alloc_hook = (void (*)(void *, void *))hook;
}

void rt_mp_free_sethook(void (*hook)(struct rt_mempool *mp, void *block))
{
    kernel.rtthread.pool_free_hook = (void (*)(void *, void *))hook;
}
