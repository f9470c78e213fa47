#include "model.h"

#include <stdio.h>
#include <string.h>

#include "../../sim/diagnose.h"

static char why[320];

#define BROKEN(...) (snprintf(why, sizeof why, __VA_ARGS__), why)

static const struct heap_call call = {.name = "model"};

/* --- random numbers: splitmix64 --- */

static uint64_t next_random(struct model *m)
{
    uint64_t z = m->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t model_random(struct model *m, uint32_t limit)
{
    return (uint32_t)((next_random(m) >> 32) * limit >> 32);
}

/* --- contents --- */

/*
 * A block holds a stretch of an endless sequence that repeats after PERIOD bytes; its pattern says
 * where the stretch begins. So filling and comparing are done in pieces, by memcpy and memcmp.
 */
enum { PERIOD = 4093 }; /* a prime: no distance between blocks is a multiple of it by design */

static unsigned char sequence[2 * PERIOD];

static void write_sequence(void)
{
    static bool written;
    uint32_t number = 1;

    if (written)
        return;
    written = true;
    for (unsigned i = 0; i < PERIOD; i++) {
        number = number * 1664525u + 1013904223u;
        sequence[i] = sequence[i + PERIOD] = (unsigned char)(number >> 24);
    }
}

/* Where byte i of a block stands in the sequence; PERIOD bytes follow. */
static const unsigned char *stretch(uint32_t pattern, tsize_t i)
{
    return &sequence[(pattern * 31u % PERIOD + i) % PERIOD];
}

static tsize_t piece(tsize_t i, tsize_t size)
{
    return size - i < PERIOD ? size - i : PERIOD;
}

static void fill(const struct model_block *block)
{
    for (tsize_t i = 0; i < block->size; i += PERIOD)
        memcpy(target_pointer(block->address + i), stretch(block->pattern, i),
               piece(i, block->size));
}

static const char *compare(taddr_t address, uint32_t pattern, tsize_t size)
{
    const unsigned char *const bytes = target_pointer(address);

    for (tsize_t i = 0; i < size; i += PERIOD) {
        if (memcmp(bytes + i, stretch(pattern, i), piece(i, size)) == 0)
            continue;
        while (bytes[i] == *stretch(pattern, i))
            i++;
        return BROKEN("byte %u of the block at 0x%x was overwritten", i, address);
    }
    return NULL;
}

/* --- the walk --- */

static bool lies_in_heap(const struct model *m, taddr_t address, tsize_t size)
{
    return m->rules.elsewhere || heap_contains(m->heap, address, size);
}

struct walk {
    const struct model *m;
    taddr_t end; /* of the block before */
    tsize_t used, used_blocks, own_blocks, free_blocks;
    tsize_t largest_free, smallest_free;
    uint64_t shape;
    const char *broken;
};

/* A block that the heap took for itself. A heap without free keeps no account of single blocks. */
static bool is_own(const struct model *m, const struct heap_block *block)
{
    for (unsigned i = 0; i < m->own_count; i++)
        if (m->own[i] == block->payload)
            return true;
    return !(m->heap->ops->capabilities & HEAP_CAN_FREE);
}

/* The k-th used block of the walk is, or holds, the k-th live block of the table. */
static const char *match(const struct walk *w, const struct heap_block *block)
{
    const struct model *const m = w->m;

    if (w->used_blocks >= m->count)
        return BROKEN("the walk shows a used block at 0x%x that nobody holds", block->payload);
    const struct model_block *const live = &m->blocks[w->used_blocks];
    if (live->address - block->payload > block->usable ||
        block->usable - (live->address - block->payload) < live->size ||
        (!live->aligned && live->address != block->payload))
        return BROKEN("the walk shows a used block at 0x%x (%u bytes); the live one is at 0x%x "
                      "(%u bytes)",
                      block->payload, block->usable, live->address, live->size);
    return NULL;
}

static bool visit(void *context, const struct heap_block *block)
{
    struct walk *const w = context;
    const bool own = block->used && is_own(w->m, block);

    if (block->header < w->end)
        w->broken = BROKEN("the walk goes back from 0x%x to 0x%x", w->end, block->header);
    else if (!lies_in_heap(w->m, block->header, block->size))
        w->broken = BROKEN("the walk leaves the heap at 0x%x", block->header);
    else if (block->usable > 0 && (block->payload - block->header > block->size ||
                                   block->usable > block->size - (block->payload - block->header)))
        w->broken = BROKEN("the block at 0x%x is smaller than its payload", block->header);
    else if (block->used && !own)
        w->broken = match(w, block);
    else if (!block->used && block->usable < w->m->least_free)
        w->broken = BROKEN("the free block at 0x%x (%u bytes) is too small to be one",
                           block->payload, block->usable);
    w->end = block->header + block->size;
    w->shape = (w->shape ^ block->header) * 0x100000001b3u;
    w->shape = (w->shape ^ block->size ^ (block->used ? 1u << 31 : 0u)) * 0x100000001b3u;
    w->used += block->used ? block->size : 0;
    w->used_blocks += block->used && !own;
    w->own_blocks += own;
    w->free_blocks += !block->used;
    if (!block->used && block->usable > w->largest_free)
        w->largest_free = block->usable;
    if (!block->used && block->usable < w->smallest_free)
        w->smallest_free = block->usable;
    return w->broken == NULL;
}

static struct walk walk(const struct model *m)
{
    struct walk w = {.m = m, .smallest_free = UINT32_MAX};

    m->heap->ops->walk(m->heap, visit, &w);
    return w;
}

static struct heap_stats stats_of(const struct model *m)
{
    struct heap_stats stats;

    m->heap->ops->stats(m->heap, &stats);
    return stats;
}

/* --- after an operation --- */

static const char *verify_whole(struct model *m)
{
    const struct walk w = walk(m);
    const tsize_t used = stats_of(m).used;
    const tsize_t expected = m->used_base + w.used + w.free_blocks * m->rules.free_overhead;
    struct heap_fault fault;

    m->since_whole = 0;
    m->walked = w.used_blocks + w.own_blocks + w.free_blocks;
    if (!m->heap->ops->check(m->heap, &fault))
        return BROKEN("check: 0x%x: %s (found 0x%x, expected 0x%x)", fault.address, fault.text,
                      fault.found, fault.expected);
    if (w.broken != NULL)
        return w.broken;
    if (w.used_blocks != m->count && m->heap->ops->capabilities & HEAP_CAN_FREE)
        return BROKEN("the walk shows %u used blocks; %u are live", w.used_blocks, m->count);
    return used == expected || m->rules.elsewhere
               ? NULL
               : BROKEN("used is %u; the blocks add up to %u", used, expected);
}

static const char *verify_shape(struct model *m)
{
    const struct heap_stats stats = stats_of(m);

    if (stats.used > stats.used_max || stats.used_max < m->before.used_max)
        return BROKEN("the maximum is %u after %u, with %u used", stats.used_max,
                      m->before.used_max, stats.used);
    if (diagnose_count(DIAGNOSIS_HEAP_CORRUPT) != m->corrupt)
        return BROKEN("a heap that nobody has overwritten is called corrupt");
    if (stats.total != m->before.total)
        return BROKEN("the total changed from %u to %u", m->before.total, stats.total);
    return ++m->since_whole < m->whole_every ? NULL : verify_whole(m);
}

static const char *verify_refusal(struct model *m)
{
    const struct heap_stats stats = stats_of(m);

    if (stats.used != m->before.used || stats.used_max != m->before.used_max)
        return BROKEN("a refused call changed the figures: used %u to %u, maximum %u to %u",
                      m->before.used, stats.used, m->before.used_max, stats.used_max);
    return verify_shape(m);
}

/* What an operation that made at most one block, and moved none, leaves as the maximum. */
static const char *verify_maximum(const struct model *m)
{
    const struct heap_stats stats = stats_of(m);
    const tsize_t most = m->before.used_max > stats.used ? m->before.used_max : stats.used;

    return stats.used_max == most || (m->rules.own_maxima && stats.used_max > most)
               ? NULL
               : BROKEN("the maximum is %u after %u, with %u used", stats.used_max,
                        m->before.used_max, stats.used);
}

/* --- which block it must be --- */

enum { CHOICES = 16 };

/* The free blocks that may serve a request; none is known if there are more than that. */
struct choice {
    const struct model_rules *rules;
    tsize_t needed;
    tsize_t usable;
    taddr_t blocks[CHOICES];
    unsigned count;
};

static bool choose(void *context, const struct heap_block *block)
{
    struct choice *const c = context;

    if (block->used || block->usable < c->needed)
        return true;
    if (c->count > 0 && block->usable < c->usable)
        c->count = 0; /* CHOICE_SMALLEST */
    if (c->count == 0)
        c->usable = block->usable;
    if (block->usable == c->usable && c->count++ < CHOICES)
        c->blocks[c->count - 1] = block->payload;
    return c->rules->choice != CHOICE_LOWEST;
}

/* Before an operation: only if it will be looked at as a whole, since it takes a walk. */
static struct choice expect(const struct model *m, tsize_t size)
{
    struct choice c = {.rules = &m->rules, .needed = model_needed(&m->rules, size)};

    if (m->rules.choice != CHOICE_ANY && m->since_whole + 1 >= m->whole_every && size > 0)
        m->heap->ops->walk(m->heap, choose, &c);
    return c;
}

/* The right block, and cut if what is left over makes a block. */
static const char *verify_choice(const struct choice *c, taddr_t block, tsize_t usable)
{
    const tsize_t expected = c->usable - c->needed > c->rules->rest ? c->needed : c->usable;
    bool right = false;

    if (c->count == 0 || c->count > CHOICES)
        return NULL;
    for (unsigned i = 0; i < c->count; i++)
        right = right || block == c->blocks[i];
    if (!right)
        return BROKEN("the block is at 0x%x, not at 0x%x, whose free block (%u bytes) was to be "
                      "taken",
                      block, c->blocks[0], c->usable);
    return usable == expected ? NULL
                              : BROKEN("the block at 0x%x has %u bytes, cut off %u: not %u", block,
                                       usable, c->usable, expected);
}

/* An alloc, or a realloc that had to move, gave nothing: was there really no room? */
static const char *verify_failure(struct model *m, tsize_t size)
{
    const tsize_t needed = model_needed(&m->rules, size);

    if (m->rules.exact_fit && size != 0 && needed >= size) {
        const tsize_t largest = walk(m).largest_free;

        if (largest >= needed)
            return BROKEN("%u bytes were refused with a free block of %u", size, largest);
    }
    return verify_refusal(m);
}

static const char *insert(struct model *m, taddr_t address, tsize_t size, bool aligned)
{
    const struct model_block block = {address, size, ++m->patterns, aligned};
    unsigned at = m->count;

    if (!lies_in_heap(m, address, size))
        return BROKEN("the block at 0x%x (%u bytes) lies outside the heap", address, size);
    while (at > 0 && m->blocks[at - 1].address > address)
        at--;
    if ((at > 0 && address - m->blocks[at - 1].address < m->blocks[at - 1].size) ||
        (at < m->count && m->blocks[at].address - address < size) ||
        (at > 0 && m->blocks[at - 1].address == address))
        return BROKEN("the block at 0x%x (%u bytes) overlaps a live one", address, size);
    memmove(&m->blocks[at + 1], &m->blocks[at], (m->count - at) * sizeof block);
    m->blocks[at] = block;
    m->count++;
    fill(&block);
    return verify_shape(m);
}

static void drop(struct model *m, unsigned index)
{
    m->count--;
    memmove(&m->blocks[index], &m->blocks[index + 1], (m->count - index) * sizeof m->blocks[0]);
}

static bool note_own(void *context, const struct heap_block *block)
{
    struct model *const m = context;

    if (block->used && m->own_count < MODEL_OWN_MAX)
        m->own[m->own_count++] = block->payload;
    return true;
}

static const char *verify_block(const struct model *m, taddr_t address, tsize_t size)
{
    if (!is_aligned(address, m->rules.align))
        return BROKEN("the block at 0x%x is not aligned to %u", address, m->rules.align);
    const tsize_t usable = m->heap->ops->usable_size(m->heap, address);
    if (usable < size)
        return BROKEN("the block at 0x%x has %u bytes, %u were asked for", address, usable, size);
    return NULL;
}

/* --- operations --- */

const char *model_begin(struct model *m, struct heap *heap, const struct model_rules *rules,
                        uint64_t seed)
{
    write_sequence();
    *m = (struct model){.heap = heap, .rules = *rules, .random = seed, .bias = 8};
    m->before = stats_of(m);
    m->used_first = m->before.used;
    m->corrupt = diagnose_count(DIAGNOSIS_HEAP_CORRUPT);
    heap->ops->walk(heap, note_own, m);
    const struct walk w = walk(m);
    m->used_base = m->before.used - w.used - w.free_blocks * rules->free_overhead;
    m->shape = w.shape;
    m->least_free = rules->free_least < w.smallest_free ? rules->free_least : w.smallest_free;
    return w.broken != NULL ? w.broken : verify_whole(m);
}

/* A block that alloc gave for a size, beside the right place and size. */
static const char *verify_served(const struct model *m, const struct choice *expected,
                                 taddr_t block, tsize_t size)
{
    const tsize_t usable = m->heap->ops->usable_size(m->heap, block);
    const char *broken = verify_block(m, block, size);

    if (broken == NULL && usable > model_most_usable(&m->rules, size))
        broken = BROKEN("the block at 0x%x has %u bytes, %u were asked for: too many", block,
                        usable, size);
    if (broken == NULL)
        broken = verify_choice(expected, block, usable);
    return broken != NULL ? broken : verify_maximum(m);
}

const char *model_alloc(struct model *m, tsize_t size)
{
    const struct choice expected = expect(m, size);

    m->before = stats_of(m);
    const taddr_t block = heap_alloc(m->heap, size, call);
    if (block == 0)
        return verify_failure(m, size);
    if (size == 0 && m->rules.zero_size_fails)
        return BROKEN("a request of 0 bytes was served");
    const char *const broken = verify_served(m, &expected, block, size);
    return broken != NULL ? broken : insert(m, block, size, false);
}

const char *model_alloc_cleared(struct model *m, tsize_t count, tsize_t size)
{
    const tsize_t whole = count * size;
    const struct choice expected = expect(m, whole);

    m->before = stats_of(m);
    const taddr_t block = heap_alloc_cleared(m->heap, count, size, call);
    if (block == 0)
        return verify_failure(m, whole);
    const char *const broken = verify_served(m, &expected, block, whole);
    if (broken != NULL)
        return broken;
    const unsigned char *const bytes = target_pointer(block);
    if (whole > 0 && (bytes[0] != 0 || memcmp(bytes, bytes + 1, whole - 1) != 0))
        return BROKEN("the cleared block at 0x%x (%u bytes) is not all 0", block, whole);
    return insert(m, block, whole, false);
}

const char *model_alloc_aligned(struct model *m, tsize_t size, tsize_t align)
{
    const unsigned diagnosed = diagnose_count(DIAGNOSIS_BAD_ALIGNMENT);

    m->before = stats_of(m);
    const taddr_t block = heap_alloc_aligned(m->heap, size, align, call);
    if (block == 0) {
        /* In an odd region the word before the block may have no room. */
        if (diagnose_count(DIAGNOSIS_BAD_ALIGNMENT) != diagnosed && m->rules.align >= 4)
            return BROKEN("a sound request of %u bytes at a multiple of %u was diagnosed", size,
                          align);
        m->before.used_max = stats_of(m).used_max; /* a larger block may have come and gone */
        return verify_refusal(m);
    }
    if (!is_aligned(block, align))
        return BROKEN("the block at 0x%x is not aligned to %u", block, align);
    return insert(m, block, size, true);
}

const char *model_realloc(struct model *m, unsigned index, tsize_t size)
{
    const struct model_block old = m->blocks[index];
    const char *broken;

    m->before = stats_of(m);
    const taddr_t block = heap_realloc(m->heap, old.address, size, call);
    if (block == 0 && !(size == 0 && m->rules.zero_size_frees)) {
        broken =
            old.aligned ? verify_refusal(m) : verify_failure(m, size); /* OneOS has quirks there */
        return broken != NULL ? broken : compare(old.address, old.pattern, old.size);
    }
    drop(m, index);
    if (block == 0)
        return verify_shape(m);
    broken = verify_block(m, block, size);
    if (broken == NULL)
        broken = compare(block, old.pattern, old.size < size ? old.size : size);
    const tsize_t usable = m->heap->ops->usable_size(m->heap, block);
    if (broken == NULL && !old.aligned &&
        usable > model_most_usable(&m->rules, size) + m->rules.rest_kept)
        broken =
            BROKEN("the block at 0x%x has %u bytes, resized to %u: too many", block, usable, size);
    return broken != NULL ? broken : insert(m, block, size, old.aligned && block == old.address);
}

const char *model_free(struct model *m, unsigned index)
{
    const struct model_block old = m->blocks[index];
    const char *const broken = compare(old.address, old.pattern, old.size);

    if (broken != NULL)
        return broken;
    m->before = stats_of(m);
    (old.aligned ? heap_free_aligned : heap_free)(m->heap, old.address, call);
    drop(m, index);
    m->freed = old.address;
    if (stats_of(m).used_max != m->before.used_max)
        return BROKEN("free changed the maximum from %u to %u", m->before.used_max,
                      stats_of(m).used_max);
    return verify_shape(m);
}

/* --- misuse --- */

struct search {
    taddr_t payload;
    bool found;
};

static bool find_payload(void *context, const struct heap_block *block)
{
    struct search *const search = context;

    search->found |= block->used && block->payload == search->payload;
    return true;
}

/*
 * A header in front of the payload would lie in a live block: what is left of it there, with the
 * block's contents, may look like a header, and no allocator could tell.
 */
static bool find_swallowing(void *context, const struct heap_block *block)
{
    enum { HEADER = 32 };
    struct search *const search = context;

    search->found |= block->used && search->payload > block->payload &&
                     search->payload - block->payload < block->usable + HEADER;
    return true;
}

static bool is_swallowed(struct model *m, taddr_t payload)
{
    struct search search = {.payload = payload};

    m->heap->ops->walk(m->heap, find_swallowing, &search);
    return search.found;
}

/* A pointer that no block has: into one, to freed memory, or to no heap at all. */
static taddr_t bad_pointer(struct model *m)
{
    const taddr_t foreign = 0x12345678;
    struct search search = {.payload = foreign};
    const unsigned choice = model_random(m, 3);

    if (choice == 0 && m->count > 0) {
        const struct model_block *const block = &m->blocks[model_random(m, m->count)];

        /* Not beyond the contents: a byte of them with slack that is 0 may look like a header. */
        if (block->size > 0)
            search.payload = block->address + 1 + model_random(m, block->size);
    } else if (choice == 1 && m->freed != 0 && !is_swallowed(m, m->freed)) {
        search.payload = m->freed;
    }
    m->heap->ops->walk(m->heap, find_payload, &search);
    return search.found ? foreign : search.payload;
}

const char *model_misuse(struct model *m)
{
    const bool resizes = (m->heap->ops->capabilities & HEAP_CAN_REALLOC) && model_random(m, 2);
    const taddr_t pointer = bad_pointer(m);
    const tsize_t size = 1 + model_random(m, 64);
    const unsigned diagnosed = diagnose_count(DIAGNOSIS_KINDS);
    taddr_t answer = 0;

    m->before = stats_of(m);
    if (resizes)
        answer = heap_realloc(m->heap, pointer, size, call);
    else
        heap_free(m->heap, pointer, call);
    if (answer != 0)
        return BROKEN("realloc of 0x%x, which is no block, gave 0x%x", pointer, answer);
    if (resizes && size + m->rules.align > m->before.total)
        return verify_refusal(m); /* an allocator may look at the size first */
    if (diagnose_count(DIAGNOSIS_KINDS) != diagnosed + 1)
        return BROKEN("%s of 0x%x, which is no block, was diagnosed %u times",
                      resizes ? "realloc" : "free", pointer,
                      diagnose_count(DIAGNOSIS_KINDS) - diagnosed);
    return verify_refusal(m);
}

void model_look_away(struct model *m)
{
    m->before = stats_of(m);
}

const char *model_look_back(struct model *m)
{
    m->before.used_max = stats_of(m).used_max;
    return verify_refusal(m);
}

/* --- at random --- */

/* Small ones mostly, and now and then what a free block just holds, or just doesn't. */
static tsize_t random_size(struct model *m)
{
    switch (model_random(m, 8)) {
    case 0:
        return model_random(m, 2 * m->rules.align + 1);
    case 1:
    case 2:
    case 3:
        return model_random(m, 129);
    case 4:
    case 5:
        return model_random(m, 1025);
    case 6:
        return model_random(m, stats_of(m).total / 4 + 1);
    default:
        return walk(m).largest_free + m->rules.align - model_random(m, 8 * m->rules.align);
    }
}

static tsize_t random_small(struct model *m)
{
    const tsize_t size = random_size(m);
    const tsize_t most = stats_of(m).total;

    return size > most ? most : size; /* a wrapped one would be a misuse */
}

static const char *random_alloc(struct model *m)
{
    const unsigned choice = model_random(m, 8);

    if (choice == 0)
        return model_alloc_cleared(m, model_random(m, 17), model_random(m, 33));
    if (choice == 1 && (m->heap->ops->capabilities & HEAP_CAN_ALIGN))
        return model_alloc_aligned(m, 1 + model_random(m, 256), 4u << model_random(m, 7));
    return model_alloc(m, random_small(m));
}

static const char *random_realloc(struct model *m)
{
    const unsigned index = model_random(m, m->count);
    const struct model_block *const block = &m->blocks[index];
    const bool apart = block->aligned && (m->heap->ops->capabilities & HEAP_ALIGNED_APART);
    tsize_t size = random_small(m);

    if (apart || !(m->heap->ops->capabilities & HEAP_CAN_REALLOC))
        return model_free(m, index);
    if (model_random(m, 2) && block->size > 0) /* about the threshold of a shrink in place */
        size = block->size - model_random(m, block->size < 64 ? block->size : 64);
    if (size == 0 && !m->rules.zero_size_frees)
        size = 1;
    return model_realloc(m, index, size);
}

const char *model_step(struct model *m)
{
    if (model_random(m, 64) == 0)
        m->bias = 4 + model_random(m, 9);
    if (model_random(m, 16) == 0)
        return model_misuse(m);
    if (m->count == 0)
        return random_alloc(m);
    if (m->count < MODEL_BLOCKS_MAX && model_random(m, 16) < m->bias)
        return model_random(m, 4) == 0 ? random_realloc(m) : random_alloc(m);
    return model_free(m, model_random(m, m->count));
}

const char *model_verify(struct model *m)
{
    const char *broken = NULL;

    for (unsigned i = 0; i < m->count && broken == NULL; i++)
        broken = compare(m->blocks[i].address, m->blocks[i].pattern, m->blocks[i].size);
    return broken != NULL ? broken : verify_whole(m);
}

const char *model_end(struct model *m)
{
    const char *broken = model_verify(m);
    const bool frees = m->heap->ops->capabilities & HEAP_CAN_FREE;

    while (broken == NULL && frees && m->count > 0)
        broken = model_free(m, model_random(m, m->count));
    if (broken != NULL || !frees)
        return broken;
    if (stats_of(m).used != m->used_first)
        return BROKEN("with everything freed %u bytes are used, and %u were at first",
                      stats_of(m).used, m->used_first);
    const struct walk w = walk(m);
    if ((m->heap->ops->capabilities & (HEAP_COALESCES | HEAP_FIXED_BLOCKS)) && w.shape != m->shape)
        return BROKEN("with everything freed the heap has %u free blocks, not what it had at first",
                      w.free_blocks);
    return NULL;
}
