/*
 * RT-Thread's memheap calls: heaps of the application's own, each with its control block in the
 * application's memory and a semaphore of its own.
 *
 * Where the system heap is a memheap too, RT-Thread binds all of them together
 * (RT_USING_MEMHEAP_AUTO_BINDING): what the system heap has no room for comes from the others, most
 * recently made first, each under its semaphore. rt_free and rt_realloc find the heap of a block.
 */
#include "internal.h"

#include "../../heap/allocators.h"
#include "../../heap/rt_memheap.h"

static bool is_application_memheap(const struct heap *h)
{
    return h->ops == &heap_rt_memheap && h != &kernel.system_heap;
}

/* The first one from `h` on in the list of live heaps, or NULL. */
static struct rt_memheap *first_memheap(struct heap *h)
{
    while (h != NULL && !is_application_memheap(h))
        h = heap_live_after(h);
    return h != NULL ? list_entry(h, struct rt_memheap, heap) : NULL;
}

static bool is_live(const struct rt_memheap *m)
{
    const bool begun = port_read_begin();
    const struct heap *h = heap_live_after(NULL);

    while (h != NULL && (m == NULL || h != &m->heap))
        h = heap_live_after(h);
    const bool live = h != NULL && is_application_memheap(h);
    port_read_end(begun);
    return live;
}

static struct rt_memheap *live_memheap(struct rt_memheap *m, struct heap_call call)
{
    if (is_live(m))
        return m;
    api_misuse(call, DIAGNOSIS_OBJECT, m, 0, "it is no live memheap: rt_memheap_init it first");
    return NULL;
}

static bool owns(struct heap *h, taddr_t block)
{
    port_inside_begin();
    const bool owned = rt_memheap_owns(h, block);
    port_inside_end();
    return owned;
}

/*
 * The heap that the block's header names, as upstream finds it. Where no header does, the newest
 * heap around the pointer, for the diagnosis.
 */
static struct rt_memheap *owner_by_header(taddr_t block)
{
    struct rt_memheap *around = NULL;

    for (struct rt_memheap *m = first_memheap(heap_live_after(NULL)); m != NULL;
         m = first_memheap(heap_live_after(&m->heap))) {
        if (!heap_contains(&m->heap, block, 1))
            continue;
        if (owns(&m->heap, block))
            return m;
        if (around == NULL)
            around = m;
    }
    return around != NULL && rt_is_bound() && owns(&kernel.system_heap, block) ? NULL : around;
}

/*
 * Headers are looked at without the lock of their heap: only where heaps lie in one another, since
 * another core may be changing what lies beside the block.
 */
struct rt_memheap *rt_memheap_around(taddr_t block)
{
    struct rt_memheap *around = NULL;
    unsigned heaps = rt_is_bound() && heap_contains(&kernel.system_heap, block, 1) ? 1 : 0;
    const bool begun = port_read_begin();

    for (struct rt_memheap *m = first_memheap(heap_live_after(NULL)); m != NULL;
         m = first_memheap(heap_live_after(&m->heap))) {
        if (heap_contains(&m->heap, block, 1)) {
            around = around != NULL ? around : m;
            heaps++;
        }
    }
    port_read_end(begun);
    return heaps > 1 ? owner_by_header(block) : around;
}

bool rt_is_bound(void)
{
    return kernel.system_heap.ops == &heap_rt_memheap;
}

/* --- lock --- */

/* False: it may not wait here, or somebody ended the wait. */
static bool lock(struct rt_memheap *m, struct heap_call call)
{
    if (m->locked)
        return true;
    if (!rules_allow_as(&rt_rules, rt_memheap_lock, call, true))
        return false;
    enum take_result result;
    if (api_lock_heap(&m->lock, WAIT_FOREVER, &result))
        return true;
    rt_set_errno(rt_take_error(result));
    return false;
}

/* The fields that applications read follow the heap. */
static void note_figures(struct rt_memheap *m)
{
    struct heap_stats stats;

    if (m->heap.ops == NULL) /* `locked`, so that it could be detached under way */
        return;
    m->heap.ops->stats(&m->heap, &stats);
    m->pool_size = stats.total;
    m->available_size = stats.total - stats.used;
    m->max_used_size = stats.used_max;
}

static void unlock(struct rt_memheap *m)
{
    note_figures(m);
    if (!m->locked)
        api_unlock_heap(&m->lock);
}

/* --- init, detach --- */

static const char *set_up(struct rt_memheap *m, const char *name, void *start, rt_size_t size,
                          struct heap_call call)
{
    const struct heap_region region = {api_address(start), (tsize_t)size, 0};
    const struct heap_config config = rt_build_config(&heap_rt_memheap);

    if (m == NULL || !target_reaches(m, sizeof *m))
        return "its control block lies where the board has no memory; make it static";
    if (!target_reaches(start, size))
        return port_memory_refusal(start, size);
    memset(m, 0, sizeof *m);
    rt_object_name(&m->parent, name);
    return heap_init(&m->heap, &config, m->parent.name, &region, 1, api_address(m), call);
}

rt_err_t rt_memheap_init(struct rt_memheap *memheap, const char *name, void *start_addr,
                         rt_size_t size)
{
    const struct heap_call call = RT_CALL(rt_memheap_init);

    if (!rt_allowed(call))
        return -RT_ERROR;
    if (is_live(memheap)) {
        api_misuse(call, DIAGNOSIS_OBJECT, memheap, 0,
                   "it is a live memheap already: rt_memheap_detach it first");
        return -RT_ERROR;
    }
    const char *const refusal = set_up(memheap, name, start_addr, size, call);
    if (refusal != NULL) {
        api_misuse(call, DIAGNOSIS_BAD_REGION, start_addr, size, refusal);
        return -RT_ERROR;
    }
    semaphore_init(&memheap->lock, memheap->parent.name, 1, 1, WAIT_PRIORITY);
    memheap->start_addr = start_addr;
    note_figures(memheap);
    return RT_EOK;
}

rt_err_t rt_memheap_detach(struct rt_memheap *memheap)
{
    const struct heap_call call = RT_CALL(rt_memheap_detach);

    if (!rt_allowed(call) || live_memheap(memheap, call) == NULL)
        return -RT_ERROR;
    if (memheap->lock.count == 0) { /* its release would find no semaphore: upstream asserts then */
        api_misuse(call, DIAGNOSIS_OBJECT, memheap, 0, "a thread is at work in this memheap");
        return -RT_ERROR;
    }
    heap_detach(&memheap->heap);
    return RT_EOK;
}

/* --- the heap's own calls --- */

static taddr_t locked_serve(struct rt_memheap *m, rt_serve *serve, tsize_t a, tsize_t b,
                            struct heap_call call)
{
    if (!lock(m, call))
        return 0;
    const taddr_t block = serve(&m->heap, a, b, call);
    unlock(m);
    return block;
}

void *rt_memheap_alloc(struct rt_memheap *heap, rt_size_t size)
{
    const struct heap_call call = RT_CALL(rt_memheap_alloc);

    if (live_memheap(heap, call) == NULL || !api_fits(size, call))
        return NULL;
    return target_pointer(locked_serve(heap, rt_serve_plain, (tsize_t)size, 0, call));
}

static taddr_t serve_resized(struct heap *h, tsize_t block, tsize_t size, struct heap_call call)
{
    return heap_realloc(h, block, size, call);
}

void *rt_memheap_realloc(struct rt_memheap *heap, void *ptr, rt_size_t newsize)
{
    const struct heap_call call = RT_CALL(rt_memheap_realloc);

    if (live_memheap(heap, call) == NULL || !api_fits(newsize, call) || !api_is_on_board(ptr, call))
        return NULL;
    return target_pointer(
        locked_serve(heap, serve_resized, api_address(ptr), (tsize_t)newsize, call));
}

void rt_memheap_free(void *ptr)
{
    const struct heap_call call = RT_CALL(rt_memheap_free);

    if (ptr == NULL || !api_is_on_board(ptr, call))
        return;
    struct rt_memheap *const m = rt_memheap_around(api_address(ptr));
    if (m == NULL)
        api_misuse(call, DIAGNOSIS_FOREIGN_POINTER, ptr, 0, "it lies in no live memheap");
    else
        rt_memheap_give(m, heap_free, api_address(ptr), call);
}

void rt_memheap_info(struct rt_memheap *heap, rt_size_t *total, rt_size_t *used,
                     rt_size_t *max_used)
{
    const struct heap_call call = RT_CALL(rt_memheap_info);
    struct heap_stats stats;

    if (live_memheap(heap, call) == NULL || !lock(heap, call))
        return;
    heap->heap.ops->stats(&heap->heap, &stats);
    unlock(heap);
    rt_tell_stats(&stats, total, used, max_used, call);
}

/* --- heaps bound to the system heap --- */

void rt_memheap_give(struct rt_memheap *m, rt_give *give, taddr_t block, struct heap_call call)
{
    if (!lock(m, call))
        return;
    give(&m->heap, block, call);
    unlock(m);
}

/* While it waits for one of them, that or another may be detached: then it is over. */
taddr_t rt_memheap_serve_bound(rt_serve *serve, tsize_t a, tsize_t b, struct heap_call call)
{
    struct rt_memheap *m = first_memheap(heap_live_after(NULL));
    taddr_t block = 0;

    while (m != NULL && lock(m, call)) {
        block = serve(&m->heap, a, b, call);
        struct rt_memheap *const next = first_memheap(heap_live_after(&m->heap));
        const bool over = block != 0 || m->heap.refused;

        unlock(m);
        if (over || next == NULL || !is_live(next))
            break;
        m = next;
    }
    return block;
}

/* A block of the system heap or of `own` goes to memory of any of the heaps. */
static taddr_t move_bound(struct rt_memheap *own, taddr_t block, tsize_t old, tsize_t size,
                          struct heap_call call)
{
    taddr_t moved = own != NULL ? heap_alloc(&kernel.system_heap, size, call) : 0;

    if (moved == 0)
        moved = rt_memheap_serve_bound(rt_serve_plain, size, 0, call);
    if (moved == 0 || block == 0)
        return moved;
    heap_copy(&kernel.system_heap, moved, block, old < size ? old : size);
    if (own != NULL)
        rt_memheap_give(own, heap_free, block, call);
    else
        heap_free(&kernel.system_heap, block, call);
    return moved;
}

/* In its own heap first, then as rt_malloc over all of them. */
taddr_t rt_memheap_resize_bound(taddr_t block, tsize_t size, struct heap_call call)
{
    struct rt_memheap *const own = rt_memheap_around(block);
    struct heap *const h = own != NULL ? &own->heap : &kernel.system_heap;

    if (own != NULL && !lock(own, call))
        return 0;
    const taddr_t moved = heap_realloc(h, block, size, call);
    const bool over = moved != 0 || h->refused || (size == 0 && block != 0);
    const tsize_t old = over || block == 0 ? 0 : h->ops->usable_size(h, block);
    if (own != NULL)
        unlock(own);
    return over ? moved : move_bound(own, block, old, size, call);
}
