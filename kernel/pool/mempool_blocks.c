/*
 * The blocks of an RT-Thread memory pool (rt_mempool, RT-Thread 4.1.1 to 5.2.0): a free list of
 * blocks of one size.
 *
 *   region | word | user part | word | user part | ... | rest too small for a block |
 *
 *   word   free: address of the next free block's word, 0 at the end; given out: address of the
 * pool
 *
 * Blocks are given out from the head of the list and come back to it (last in, first out); at first
 * the list is in address order. alloc and free look at one block. Waiting for a block is the pool's
 * business (pool.h), not this file's.
 */
#include "../assert.h"
#include "../heap/allocators.h"
#include "../heap/rt_common.h"

enum { OPTION_ALIGN = RT_OPTION_ALIGN_INDEX, OPTION_BLOCK_SIZE };

static const struct heap_option options[] = {RT_OPTION_ALIGN,
                                             {"block_size", "block_size", "bytes in each block",
                                              HEAP_OPTION_NUMBER, 1, UINT32_MAX, 64, NULL},
                                             {.key = NULL}};

enum { WORD = 4 };

struct mempool_blocks {
    taddr_t start;      /* as given: any alignment */
    tsize_t stride;     /* word and user part */
    tsize_t block_size; /* as rounded */
    tsize_t total;
    tsize_t free;
    taddr_t head; /* first free block's word, or 0 */
    tsize_t used_max;
};

static struct mempool_blocks *blocks_of(struct heap *h)
{
    _Static_assert(sizeof(struct mempool_blocks) <= HEAP_STATE_BYTES, "state fits");
    return (struct mempool_blocks *)(void *)h->state.bytes;
}

/* True if `word` is the first byte of one of the pool's blocks. */
static bool is_block(const struct mempool_blocks *s, taddr_t word)
{
    const tsize_t offset = word - s->start;

    return offset / s->stride < s->total && offset % s->stride == 0;
}

static const char *mempool_init(struct heap *h)
{
    struct mempool_blocks *const s = blocks_of(h);
    const tsize_t align = h->config.option[OPTION_ALIGN];
    const tsize_t block_size = h->config.option[OPTION_BLOCK_SIZE];

    s->start = h->regions[0].begin;
    s->block_size = align_up(block_size, align);
    s->stride = s->block_size + WORD;
    if (s->block_size < block_size || s->stride < WORD)
        return "the block size wraps at 32 bits once rounded up";
    s->total = align_down(h->regions[0].size, align) / s->stride;
    s->free = s->total;
    if (h->object == 0) /* a pool object that no application holds */
        h->object = (taddr_t)(uintptr_t)h;
    for (tsize_t i = s->total; i > 0; i--) {
        const taddr_t word = s->start + (i - 1) * s->stride;

        store32(word, s->head);
        s->head = word;
    }
    if (s->total == 0)
        heap_misuse(h, DIAGNOSIS_BAD_REGION, s->start, h->regions[0].size,
                    "it has room for no block; the real code would write below it");
    return NULL;
}

static taddr_t mempool_alloc(struct heap *h, tsize_t size)
{
    struct mempool_blocks *const s = blocks_of(h);
    const taddr_t word = s->head;

    heap_step(h);
    if (size > s->block_size || (word == 0 && s->free == 0))
        return 0;
    if (word == 0) {
        heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, s->start, 0,
                    "the first word of a free block was overwritten: the free list ends too early");
        return 0;
    }
    const taddr_t next = load32(word);
    if (next != 0 && !is_block(s, next)) {
        heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, word, 0,
                    "the first word of a free block was overwritten: the free list leads nowhere");
        return 0;
    }
    s->head = next;
    s->free--;
    if (s->total - s->free > s->used_max)
        s->used_max = s->total - s->free;
    store32(word, h->object);
    return word + WORD;
}

static taddr_t mempool_alloc_cleared(struct heap *h, tsize_t count, tsize_t size)
{
    const uint64_t whole = (uint64_t)count * size;
    const taddr_t block = whole > UINT32_MAX ? 0 : mempool_alloc(h, (tsize_t)whole);

    if (block != 0)
        heap_clear(h, block, (tsize_t)whole);
    return block;
}

static void mempool_free(struct heap *h, taddr_t block)
{
    struct mempool_blocks *const s = blocks_of(h);
    const taddr_t word = block - WORD;

    if (block == 0)
        return;
    heap_step(h);
    if (!is_block(s, word) || load32(word) != h->object) {
        heap_bad_pointer(h, block);
        return;
    }
    store32(word, s->head);
    s->head = word;
    s->free++;
}

static tsize_t mempool_usable_size(struct heap *h, taddr_t block)
{
    (void)block;
    return blocks_of(h)->block_size;
}

static tsize_t read_free(struct heap *h, unsigned region)
{
    return blocks_of(h)->free;
}

static const struct heap_figure figures[] = {{"free", read_free, false}, {.name = NULL}};

static void mempool_stats(struct heap *h, struct heap_stats *stats)
{
    const struct mempool_blocks *const s = blocks_of(h);

    *stats = (struct heap_stats){.total = s->total * s->stride,
                                 .used = (s->total - s->free) * s->stride,
                                 .used_max = s->used_max * s->stride};
}

static bool check_words(const struct heap *h, const struct mempool_blocks *s, tsize_t *given_out,
                        struct heap_fault *fault)
{
    for (tsize_t i = 0; i < s->total; i++) {
        const taddr_t at = s->start + i * s->stride;
        const uint32_t word = load32(at);

        if (word != h->object && word != 0 && !is_block(s, word))
            return heap_faulty(fault, at, word, h->object,
                               "the word of a block leads neither to its pool nor to a free block");
        *given_out += word == h->object;
    }
    return true;
}

/* Every block is either on the list or names the pool: with the right count, each exactly once. */
static bool mempool_check(struct heap *h, struct heap_fault *fault)
{
    const struct mempool_blocks *const s = blocks_of(h);
    tsize_t listed = 0;
    tsize_t given_out = 0;

    if (!check_words(h, s, &given_out, fault))
        return false;
    for (taddr_t word = s->head; word != 0; word = load32(word)) {
        if (!is_block(s, word))
            return heap_faulty(fault, word, word, s->start, "the free list leads to no block");
        if (++listed > s->total)
            return heap_faulty(fault, word, listed, s->free, "the free list runs in a circle");
    }
    if (listed != s->free)
        return heap_faulty(fault, s->start, listed, s->free,
                           "the free list and the free count differ");
    if (given_out != s->total - s->free)
        return heap_faulty(fault, s->start, given_out, s->total - s->free,
                           "a block that is given out does not name its pool any more");
    return true;
}

static void mempool_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct mempool_blocks *const s = blocks_of(h);

    for (tsize_t i = 0; i < s->total; i++) {
        const taddr_t word = s->start + i * s->stride;
        const struct heap_block block = {.header = word,
                                         .size = s->stride,
                                         .payload = word + WORD,
                                         .usable = s->block_size,
                                         .used = load32(word) == h->object};

        if (!visit(context, &block))
            return;
    }
}

const struct heap_ops heap_rt_mempool = {
    .name = "rt-mempool",
    .title = "RT-Thread mempool",
    .capabilities = HEAP_CAN_FREE | HEAP_FIXED_BLOCKS | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = mempool_init,
    .alloc = mempool_alloc,
    .alloc_cleared = mempool_alloc_cleared,
    .free = mempool_free,
    .usable_size = mempool_usable_size,
    .stats = mempool_stats,
    .check = mempool_check,
    .walk = mempool_walk,
};
