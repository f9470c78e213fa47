/*
 * FreeRTOS heap_1: gives memory out and takes none back.
 *
 *   array  | to align | block | block | ... | rest | at least one byte never given out |
 *                     ^ start               ^ start + next
 *
 * Blocks have no header, so nothing is known of one but that it lies below `next`. Every operation
 * takes the same few steps.
 */
#include "allocators.h"
#include "freertos_common.h"

static const struct heap_option options[] = {
    FREERTOS_OPTION_ALIGN, FREERTOS_OPTION_RELEASE, {.key = NULL}};

struct heap_1 {
    struct freertos_heap common; /* total: the limit that `next` stays below; free: what is left */
    tsize_t next;
};

static struct heap_1 *heap_1(struct heap *h)
{
    _Static_assert(sizeof(struct heap_1) <= HEAP_STATE_BYTES, "state fits");
    return (struct heap_1 *)(void *)h->state.bytes;
}

static const char *heap_1_init(struct heap *h)
{
    struct freertos_heap *const s = freertos_heap(h);
    const struct heap_region *const array = &h->regions[0];

    freertos_init(h, false);
    s->header = 0;
    s->padding = s->align - 1;
    s->request_most = UINT32_MAX - s->padding;
    if (array->size <= s->align)
        return "it is no larger than the alignment, and heap_1 would hand out memory behind it";
    freertos_set_start(s, freertos_array_start(h));
    s->total = array->size - s->align;
    s->free = s->total;
    s->low = s->free;
    return NULL;
}

static taddr_t heap_1_alloc(struct heap *h, tsize_t size)
{
    struct heap_1 *const s = heap_1(h);
    const tsize_t n = freertos_block_size(&s->common, size);
    const taddr_t block = s->common.start + s->next;

    heap_step(h);
    if (n == 0 || n >= s->common.free) /* the last byte is never given out */
        return freertos_fail(h, size);
    s->next += n;
    s->common.free -= n;
    if (s->common.free < s->common.low)
        s->common.low = s->common.free;
    return block;
}

static void heap_1_free(struct heap *h, taddr_t block)
{
    if (block != 0)
        heap_misuse(h, DIAGNOSIS_ASSERTION, block, 0,
                    "heap_1 never takes memory back: vPortFree asserts that the pointer is NULL");
}

void freertos_heap_1_reset(struct heap *h)
{
    heap_1(h)->next = 0;
    freertos_heap(h)->free = freertos_heap(h)->total;
}

/* No more is known than that the block ends with what was given out. */
static tsize_t heap_1_usable_size(struct heap *h, taddr_t block)
{
    return freertos_heap(h)->start + heap_1(h)->next - block;
}

/* --- figures, check, walk --- */

static const struct heap_figure figures[] = {
    {"free", freertos_read_free, false}, {"hook", freertos_read_hook, false}, {.name = NULL}};

static void heap_1_stats(struct heap *h, struct heap_stats *stats)
{
    const struct freertos_heap *const s = freertos_heap(h);

    *stats = (struct heap_stats){s->total, s->total - s->free, s->total - s->low};
}

/* Nothing of it lies in target memory, so nothing there can be overwritten. */
static bool heap_1_check(struct heap *h, struct heap_fault *fault)
{
    (void)h;
    (void)fault;
    return true;
}

/* What was given out, as one block, and the rest: the largest request that succeeds is its usable
 * part. */
static void heap_1_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct freertos_heap *const s = freertos_heap(h);
    const tsize_t next = heap_1(h)->next;
    const struct heap_block given = {s->start, next, s->start, next, true};
    const struct heap_block rest = {s->start + next, s->free, s->start + next,
                                    align_down(s->free - 1, s->align), false};

    if (next == 0 || visit(context, &given))
        visit(context, &rest);
}

const struct heap_ops heap_freertos_heap_1 = {
    .name = "freertos-heap-1",
    .title = "FreeRTOS heap_1",
    .capabilities = 0,
    .options = options,
    .figures = figures,
    .init = heap_1_init,
    .alloc = heap_1_alloc,
    .alloc_cleared = freertos_alloc_cleared,
    .free = heap_1_free,
    .usable_size = heap_1_usable_size,
    .stats = heap_1_stats,
    .check = heap_1_check,
    .walk = heap_1_walk,
};
