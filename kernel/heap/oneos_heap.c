/*
 * OneOS 2.x memheap: a heap of several regions, each run by an algorithm of its own.
 *
 *   region | control block | the algorithm's structure | blocks ... |
 *
 *   control block | 7 or 8 functions | header | next | total | used | max | semaphore | algorithm |
 *
 * - alloc asks the regions in the order they were added; the first that has room wins. Each that
 *   has none has searched all the same.
 * - A pointer belongs to the first region that spans it. realloc stays there if it can; else it
 *   allocates in the first other region with room, copies and frees.
 * - The figures are sums over the regions; the maximum is the sum of the regions' own maxima.
 *
 * Every --heap of the family is a row of `kinds`: which algorithms its regions can have, and
 * whether it follows the rules of OneOS 2.0.1. The functions in the control blocks are 0 here.
 */
#include "../assert.h"
#include "../kernel.h"
#include "allocators.h"
#include "oneos.h"

enum { OPTION_NAME_MAX, OPTION_MEMTRACE };

static const char *const name_lengths[] = {"7", "15", "31", NULL};

#define OPTION_ROW_NAME_MAX                                                                        \
    {                                                                                              \
        "name_max", "OS_NAME_MAX", "longest object name; moves what lies behind a control block",  \
            HEAP_OPTION_WORD, 0, 2, 1, name_lengths                                                \
    }
#define OPTION_ROW_MEMTRACE                                                                        \
    {                                                                                              \
        "memtrace", "OS_USING_MEM_TRACE", "store the owner's address in each header",              \
            HEAP_OPTION_FLAG, 0, 1, 0, NULL                                                        \
    }

static const struct heap_option options[] = {
    OPTION_ROW_NAME_MAX, OPTION_ROW_MEMTRACE, {.key = NULL}};

static const struct heap_option buddy_options[] = {
    OPTION_ROW_NAME_MAX,
    OPTION_ROW_MEMTRACE,
    {"buddy_max_block", "OS_ALG_BUDDY_MAX_BLOCK_SIZE", "largest block of a buddy region, bytes",
     HEAP_OPTION_NUMBER, 512, 0x80000000u, 8192, NULL},
    {.key = NULL}};

static const char overlap_unseen[] =
    "it overlaps a region that a OneOS heap has already; the real code's test misses that, and one "
    "of the two would be overwritten";

const char *const oneos_refusals[] = {
    [ONEOS_ENOMEM] = "it is no larger than OneOS's control block for a region",
    [ONEOS_EINVAL_OVERLAP] = "it overlaps a region that a OneOS heap has already",
    [ONEOS_OVERLAP_UNSEEN] = overlap_unseen,
    [ONEOS_EINVAL_ALGORITHM] = "the heap has no algorithm of that number",
    [ONEOS_STOP_EMPTY] = "nothing is left of it once its start is aligned: the board would stop",
    [ONEOS_STOP_SMALL] = "it is too small for what its algorithm keeps there: the board would stop",
};

const char oneos_promises_more[] =
    "OneOS forgets that the block is aligned: its end would lie in the next block's header";
const char oneos_moves_start[] =
    "OneOS forgets that the block is aligned: it returns the start of the block, and leaves the "
    "data where they are";
static const char size_wraps[] =
    "with its header the size wraps at 32 bits, so the block would be too small or the board stops";

struct kind {
    const struct heap_ops *ops;
    const struct oneos_algorithm *const *algorithms; /* by number, as ops->algorithms */
    unsigned algorithm_count;
    bool v201;
};

/* As many as there is room for in a heap's state. */
enum { REGIONS_MAX = HEAP_REGIONS_MAX < 16 ? HEAP_REGIONS_MAX : 16 };

struct oneos {
    const struct kind *kind;
    unsigned count;
    tsize_t size_max; /* the smallest of the regions' */
    struct oneos_region region[REGIONS_MAX];
};

static struct oneos *oneos(const struct heap *h)
{
    _Static_assert(sizeof(struct oneos) <= HEAP_STATE_BYTES, "state fits");
    return (struct oneos *)(uintptr_t)h->state.bytes;
}

/* NULL for a heap of another family. */
static const struct kind *kind_of(const struct heap_ops *ops)
{
    static const struct oneos_algorithm *const all[] = {&oneos_first_fit, &oneos_buddy,
                                                        &oneos_small};
    static const struct kind kinds[] = {
        {&heap_oneos_first_fit, &all[0], 1, false}, {&heap_oneos_first_fit_v201, &all[0], 1, true},
        {&heap_oneos_buddy, &all[1], 1, false},     {&heap_oneos_small_lite, &all[2], 1, false},
        {&heap_oneos_mixed, &all[0], 3, false},
    };

    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].ops == ops)
            return &kinds[i];
    return NULL;
}

/* --- control blocks --- */

enum { CONTROL_WORDS_MAX = 29 }; /* 31 characters, trace */
enum { SEMAPHORE_NAME = 27 };    /* its offset in the semaphore */

/* The option is the index of 7, 15 or 31. */
static tsize_t name_max_of(const struct heap *h)
{
    return ((tsize_t)8 << h->config.option[OPTION_NAME_MAX]) - 1;
}

/* Offsets in bytes; where tasks are stored there is one function more in front. */
struct control {
    tsize_t header, next, figures, semaphore, algorithm, size;
};

static struct control control_of(const struct heap *h)
{
    const tsize_t name = name_max_of(h) + 1;
    const tsize_t header = h->config.option[OPTION_MEMTRACE] ? 32 : 28;
    const tsize_t algorithm = header + 20 + align_up(SEMAPHORE_NAME + name, 4);

    return (struct control){.header = header,
                            .next = header + 4,
                            .figures = header + 8,
                            .semaphore = header + 20,
                            .algorithm = algorithm,
                            .size = algorithm + 4};
}

/* The block as it is for the whole life of its region, but for used and the maximum. */
static void control_image(const struct heap *h, unsigned index, unsigned char *image)
{
    const struct control at = control_of(h);
    const struct oneos_region *const r = &oneos(h)->region[index];
    const taddr_t next = index + 1 < oneos(h)->count ? r[1].begin : 0;
    const taddr_t lists = r->begin + at.semaphore;
    const char *const name = r->algorithm->lock_name;
    const uint32_t semaphore[] = {lists,     lists,     /* tasks that wait, none */
                                  lists + 8, lists + 8, /* resources */
                                  1,         1};        /* count, maximum */

    KERNEL_ASSERT(at.size <= CONTROL_WORDS_MAX * 4);
    memset(image, 0, at.size);
    memcpy(image + at.header, &r->base, 4);
    memcpy(image + at.next, &next, 4);
    memcpy(image + at.figures, &r->total, 4);
    memcpy(image + at.semaphore, semaphore, sizeof semaphore);
    for (tsize_t i = 0; i < name_max_of(h) && name[i] != '\0'; i++)
        image[at.semaphore + SEMAPHORE_NAME + i] = (unsigned char)name[i];
}

static void write_control(const struct heap *h, unsigned index)
{
    const struct control at = control_of(h);
    const struct oneos_region *const r = &oneos(h)->region[index];
    unsigned char image[CONTROL_WORDS_MAX * 4];

    control_image(h, index, image);
    memcpy(target_pointer(r->begin), image, at.size);
    store32(r->figures + ONEOS_USED, r->own);
    store32(r->figures + ONEOS_USED_MAX, r->own);
    if (index > 0)
        store32(r[-1].begin + at.next, r->begin);
}

static bool check_control(const struct heap *h, unsigned index, struct heap_fault *fault)
{
    const struct control at = control_of(h);
    const taddr_t begin = oneos(h)->region[index].begin;
    unsigned char image[CONTROL_WORDS_MAX * 4];

    control_image(h, index, image);
    for (tsize_t offset = 0; offset < at.size; offset += 4) {
        uint32_t expected;

        memcpy(&expected, image + offset, 4);
        if (load32(begin + offset) != expected && offset != at.figures + ONEOS_USED &&
            offset != at.figures + ONEOS_USED_MAX)
            return heap_faulty(fault, begin + offset, load32(begin + offset), expected,
                               "the region's control block was overwritten");
    }
    return true;
}

/* --- adding regions --- */

struct extent {
    taddr_t begin, end;
};

static bool meets(struct extent a, struct extent b)
{
    return a.begin < b.end && b.begin < a.end;
}

/* OneOS 2.0.1 only looks whether the other region begins or ends inside the new one. */
static bool is_seen(bool v201, struct extent extent, struct extent other)
{
    if (!v201)
        return meets(extent, other);
    return (other.begin > extent.begin && other.begin < extent.end) ||
           (other.end > extent.begin && other.end < extent.end);
}

static bool find_host(void *context, const struct heap_block *block)
{
    struct extent *const extent = context;

    if (!block->used || extent->begin < block->payload ||
        extent->end > block->payload + block->usable)
        return true;
    extent->end = extent->begin; /* found: nothing left to meet */
    return false;
}

/* Against the regions of one heap. A region inside one live block is the program's business. */
static const char *overlap_in(struct heap *h, const struct heap *other, struct extent extent)
{
    for (unsigned i = 0; i < oneos(other)->count; i++) {
        const struct oneos_region *const r = &oneos(other)->region[i];
        struct extent nested = extent;

        if (is_seen(oneos(h)->kind->v201, extent, (struct extent){r->begin, r->base + r->total}))
            return oneos_refusals[ONEOS_EINVAL_OVERLAP];
        if (!meets(extent, (struct extent){r->begin, r->end}))
            continue;
        r->algorithm->walk(r, find_host, &nested);
        if (nested.begin < nested.end &&
            !heap_quirk(h, DIAGNOSIS_BAD_REGION, extent.begin, extent.end - extent.begin,
                        oneos_refusals[ONEOS_OVERLAP_UNSEEN]))
            return oneos_refusals[ONEOS_OVERLAP_UNSEEN];
    }
    return NULL;
}

static const char *overlap(struct heap *h, struct extent extent)
{
    const char *refusal = overlap_in(h, h, extent);

    for (const struct heap *other = kernel.heap_list; refusal == NULL && other != NULL;
         other = other->next)
        if (other != h && kind_of(other->ops) != NULL)
            refusal = overlap_in(h, other, extent);
    return refusal;
}

static const char *oneos_add_region(struct heap *h, const struct heap_region *region)
{
    struct oneos *const s = oneos(h);
    struct oneos_region *const r = &s->region[s->count];
    const struct control control = control_of(h);
    const taddr_t begin = align_up(region->begin, 4);
    const tsize_t lost = begin - region->begin;

    if (s->count == REGIONS_MAX)
        return "heapsim handles no more regions of a OneOS heap";
    if (region->size <= lost)
        return oneos_refusals[ONEOS_STOP_EMPTY];
    const tsize_t size = align_down(region->size - lost, 4);
    if (size <= control.size)
        return oneos_refusals[ONEOS_ENOMEM];
    const char *const refusal = overlap(h, (struct extent){begin, begin + size});
    if (refusal != NULL)
        return refusal;
    if (region->algorithm >= s->kind->algorithm_count)
        return oneos_refusals[ONEOS_EINVAL_ALGORITHM];
    *r = (struct oneos_region){.algorithm = s->kind->algorithms[region->algorithm],
                               .begin = begin,
                               .figures = begin + control.figures,
                               .v201 = s->kind->v201,
                               .traced = h->config.option[OPTION_MEMTRACE] != 0};
    if (!r->algorithm->init(h, r, begin + control.size, size - control.size))
        return oneos_refusals[ONEOS_STOP_SMALL];
    if (s->count == 0 || r->size_max < s->size_max)
        s->size_max = r->size_max;
    s->count++;
    write_control(h, s->count - 1);
    return NULL;
}

static const char *oneos_init(struct heap *h)
{
    struct oneos *const s = oneos(h);
    const char *refusal = NULL;

    s->kind = kind_of(h->ops);
    if (h->object == 0) /* a heap object that no application holds */
        h->object = (taddr_t)(uintptr_t)h;
    for (unsigned i = 0; refusal == NULL && i < h->region_count; i++)
        refusal = oneos_add_region(h, &h->regions[i]);
    return refusal;
}

/* --- alloc --- */

static bool is_wrapping(struct heap *h, taddr_t block, tsize_t size)
{
    return size > oneos(h)->size_max &&
           !heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, block, size, size_wraps);
}

/* Several regions, or a size that wraps: only then does an algorithm refuse. */
COLD static taddr_t alloc_anywhere(struct heap *h, tsize_t size)
{
    const struct oneos *const s = oneos(h);
    taddr_t block = 0;

    if (is_wrapping(h, 0, size))
        return 0;
    for (unsigned i = 0; block == 0 && i < s->count; i++) {
        heap_step(h);
        block = s->region[i].algorithm->alloc(h, &s->region[i], size);
    }
    return block != ONEOS_REFUSED ? block : 0;
}

static taddr_t oneos_alloc(struct heap *h, tsize_t size)
{
    const struct oneos *const s = oneos(h);

    if (s->count > 1 || size > s->size_max)
        return alloc_anywhere(h, size);
    return s->region->algorithm->alloc(h, s->region, size);
}

static taddr_t oneos_alloc_cleared(struct heap *h, tsize_t count, tsize_t size)
{
    return heap_alloc_cleared_wrapping(h, count, size, oneos(h)->size_max);
}

static taddr_t oneos_alloc_aligned(struct heap *h, tsize_t size, tsize_t align)
{
    const struct oneos *const s = oneos(h);

    if (align != 0 && !is_power_of_two(align)) {
        heap_misuse(h, DIAGNOSIS_BAD_ALIGNMENT, 0, align,
                    "the alignment is no power of two: the board would stop");
        return 0;
    }
    if (size == 0)
        return 0;
    if (align <= 4) {
        if (is_wrapping(h, 0, size))
            return 0;
    } else if (size > s->size_max - (align - 1)) {
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, size,
                    "with its header and the alignment the size wraps at 32 bits");
        return 0;
    }
    for (unsigned i = 0; i < s->count; i++) {
        const struct oneos_region *const r = &s->region[i];
        const taddr_t block = r->algorithm->alloc_aligned(h, r, size, align);

        if (block != 0)
            return block != ONEOS_REFUSED ? block : 0;
    }
    return 0;
}

bool oneos_searches(const struct heap *h, tsize_t size)
{
    const struct oneos *const s = oneos(h);

    for (unsigned i = 0; i < s->count; i++) {
        const struct oneos_region *const r = &s->region[i];

        if (r->algorithm == &oneos_buddy ? size + r->header <= 1u << r->buddy.largest : size != 0)
            return true;
    }
    return false;
}

bool oneos_is_v201(const struct heap *h)
{
    return oneos(h)->kind->v201;
}

/* --- free --- */

/* The first region, in order, that spans the pointer, or NULL after a diagnosis. */
static const struct oneos_region *region_of(struct heap *h, taddr_t block)
{
    const struct oneos *const s = oneos(h);

    for (unsigned i = 0; i < s->count; i++) {
        heap_step(h);
        if (block - s->region[i].base <= s->region[i].total)
            return &s->region[i];
    }
    if (block == 0)
        heap_misuse(h, DIAGNOSIS_ASSERTION, 0, 0,
                    "the pointer is NULL, which OneOS does not free: the board would stop");
    else
        heap_bad_pointer(h, block);
    return NULL;
}

COLD static void free_anywhere(struct heap *h, taddr_t block)
{
    const struct oneos_region *const r = region_of(h, block);

    if (r != NULL)
        r->algorithm->free(h, r, block);
}

static void oneos_free(struct heap *h, taddr_t block)
{
    const struct oneos_region *const first = oneos(h)->region;

    if (block - first->base <= first->total)
        first->algorithm->free(h, first, block);
    else
        free_anywhere(h, block);
}

/* --- realloc --- */

/* Where a size wraps, OneOS copies more than the block it got has room for: beyond its region, too.
 */
static taddr_t move_to(struct heap *h, const struct oneos_region *from, taddr_t block,
                       const struct oneos_region *to, taddr_t moved, tsize_t size)
{
    const tsize_t usable = from->algorithm->usable_size(from, block);
    const tsize_t copied = usable < size ? usable : size;

    if (copied > to->algorithm->usable_size(to, moved)) {
        to->algorithm->free(h, to, moved);
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, block, size,
                    "the size wraps at 32 bits: the block would be copied over what lies behind "
                    "its new place");
        return 0;
    }
    heap_copy(h, moved, block, copied);
    from->algorithm->free(h, from, block);
    return moved;
}

/* The block's own region has no room: the first other region that has takes it over. */
static taddr_t move_over(struct heap *h, const struct oneos_region *from, taddr_t block,
                         tsize_t size)
{
    const struct oneos *const s = oneos(h);

    for (unsigned i = 0; i < s->count; i++) {
        const struct oneos_region *const r = &s->region[i];
        const taddr_t moved = r != from ? r->algorithm->alloc(h, r, size) : 0;

        if (moved == ONEOS_REFUSED)
            return 0;
        if (moved != 0)
            return move_to(h, from, block, r, moved, size);
    }
    return 0;
}

/*
 * OneOS does the same after size 0, which has freed the block: where another region grants a block
 * of 0 bytes, it frees the old one a second time.
 */
static void note_second_free(struct heap *h, const struct oneos_region *from, taddr_t block)
{
    const struct oneos *const s = oneos(h);

    for (unsigned i = 0; i < s->count; i++) {
        const struct oneos_region *const r = &s->region[i];

        if (r != from && r->algorithm->grants_empty != NULL && r->algorithm->grants_empty(h, r)) {
            heap_misuse(h, DIAGNOSIS_DOUBLE_FREE, block, 0,
                        "realloc to 0 has freed it; OneOS then gets a block of 0 bytes from a "
                        "buddy region and frees it once more: the board would stop");
            return;
        }
    }
}

static taddr_t oneos_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    if (block == 0) {
        const taddr_t fresh = oneos_alloc(h, size);

        if (fresh == 0 && oneos(h)->kind->v201 && !h->refused)
            heap_misuse(h, DIAGNOSIS_FOREIGN_POINTER, 0, size,
                        "there is no room, and for NULL OneOS 2.0.1 then reads a variable that it "
                        "never set: the board's answer could be anything");
        return fresh;
    }
    const struct oneos_region *const r = region_of(h, block);
    if (r == NULL || is_wrapping(h, block, size))
        return 0;
    const taddr_t result = r->algorithm->realloc(h, r, block, size);
    if (result == 0 && size != 0)
        return move_over(h, r, block, size);
    if (result == 0)
        note_second_free(h, r, block);
    return result != ONEOS_REFUSED ? result : 0;
}

static tsize_t oneos_usable_size(struct heap *h, taddr_t block)
{
    const struct oneos_region *const r = region_of(h, block);

    return r != NULL ? r->algorithm->usable_size(r, block) : 0;
}

/* --- figures, check, walk --- */

static tsize_t sum(struct heap *h, unsigned offset)
{
    const struct oneos *const s = oneos(h);
    tsize_t all = 0;

    for (unsigned i = 0; i < s->count; i++)
        all += load32(s->region[i].figures + offset);
    return all;
}

static tsize_t read_total(struct heap *h, unsigned region)
{
    return sum(h, ONEOS_TOTAL);
}

static tsize_t read_used(struct heap *h, unsigned region)
{
    return sum(h, ONEOS_USED);
}

static tsize_t read_max(struct heap *h, unsigned region)
{
    return sum(h, ONEOS_USED_MAX);
}

static const struct heap_figure figures[] = {{"used", read_used, false},
                                             {"max", read_max, false},
                                             {"total", read_total, false},
                                             {.name = NULL}};

static void oneos_stats(struct heap *h, struct heap_stats *stats)
{
    *stats = (struct heap_stats){read_total(h, 0), read_used(h, 0), read_max(h, 0)};
}

bool oneos_check_figures(const struct oneos_region *r, tsize_t used, struct heap_fault *fault)
{
    const tsize_t most = load32(r->figures + ONEOS_USED_MAX);

    if (load32(r->figures + ONEOS_USED) != used)
        return heap_faulty(fault, r->figures + ONEOS_USED, load32(r->figures + ONEOS_USED), used,
                           "used is not the sum of the used blocks");
    if (most < used)
        return heap_faulty(fault, r->figures + ONEOS_USED_MAX, most, used,
                           "the maximum is below what is used now");
    if (most > r->total + r->header)
        return heap_faulty(fault, r->figures + ONEOS_USED_MAX, most, r->total,
                           "the maximum is more than there is");
    return true;
}

static bool oneos_check(struct heap *h, struct heap_fault *fault)
{
    const struct oneos *const s = oneos(h);

    for (unsigned i = 0; i < s->count; i++)
        if (!check_control(h, i, fault) || !s->region[i].algorithm->check(&s->region[i], fault))
            return false;
    return true;
}

/* Regions were added in any order; blocks come in that of their addresses. */
static void oneos_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct oneos *const s = oneos(h);
    taddr_t done = 0;

    for (unsigned i = 0; i < s->count; i++) {
        const struct oneos_region *lowest = NULL;

        for (unsigned j = 0; j < s->count; j++) {
            const struct oneos_region *const r = &s->region[j];

            if (r->begin >= done && (lowest == NULL || r->begin < lowest->begin))
                lowest = r;
        }
        if (lowest == NULL || !lowest->algorithm->walk(lowest, visit, context))
            return;
        done = lowest->begin + 1;
    }
}

#define ONEOS_CAPABILITIES                                                                         \
    (HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_HAS_REGIONS | HEAP_COALESCES |       \
     HEAP_JUDGES_OVERLAP)

/* What all heaps of the family have in common, behind the part that tells them apart. */
#define ONEOS_OPERATIONS                                                                           \
    .figures = figures, .init = oneos_init, .alloc = oneos_alloc,                                  \
    .alloc_cleared = oneos_alloc_cleared, .realloc = oneos_realloc, .free = oneos_free,            \
    .add_region = oneos_add_region, .usable_size = oneos_usable_size, .stats = oneos_stats,        \
    .check = oneos_check, .walk = oneos_walk

static const char *const first_fit_names[] = {"first-fit", NULL};
static const char *const buddy_names[] = {"buddy", NULL};
static const char *const small_names[] = {"small", NULL};
static const char *const mixed_names[] = {"first-fit", "buddy", "small", NULL};

const struct heap_ops heap_oneos_first_fit = {.name = "oneos-first-fit",
                                              .title = "OneOS 2.1.0 first-fit",
                                              .capabilities = ONEOS_CAPABILITIES | HEAP_WRITES_NEAR,
                                              .options = options,
                                              .algorithms = first_fit_names,
                                              .alloc_aligned = oneos_alloc_aligned,
                                              ONEOS_OPERATIONS};

const struct heap_ops heap_oneos_first_fit_v201 = {.name = "oneos-first-fit-v201",
                                                   .title = "OneOS 2.0.1 first-fit",
                                                   .capabilities =
                                                       ONEOS_CAPABILITIES | HEAP_WRITES_NEAR,
                                                   .options = options,
                                                   .algorithms = first_fit_names,
                                                   .alloc_aligned = oneos_alloc_aligned,
                                                   ONEOS_OPERATIONS};

const struct heap_ops heap_oneos_buddy = {.name = "oneos-buddy",
                                          .title = "OneOS 2.1.0 buddy",
                                          .capabilities = ONEOS_CAPABILITIES,
                                          .options = buddy_options,
                                          .algorithms = buddy_names,
                                          .alloc_aligned = oneos_alloc_aligned,
                                          ONEOS_OPERATIONS};

const struct heap_ops heap_oneos_mixed = {.name = "oneos-mixed",
                                          .title = "OneOS, an algorithm a region",
                                          .capabilities = ONEOS_CAPABILITIES | HEAP_WRITES_NEAR,
                                          .options = buddy_options,
                                          .algorithms = mixed_names,
                                          .alloc_aligned = oneos_alloc_aligned,
                                          ONEOS_OPERATIONS};

/* Of its regions os_memheap_aligned_alloc always returns NULL. */
const struct heap_ops heap_oneos_small_lite = {
    .name = "oneos-small-lite",
    .title = "OneOS-Lite small-mem",
    .capabilities = (ONEOS_CAPABILITIES & ~HEAP_CAN_ALIGN) | HEAP_WRITES_NEAR,
    .options = options,
    .algorithms = small_names,
    ONEOS_OPERATIONS};
