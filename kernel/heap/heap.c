/*
 * The front of all heaps: counts cost, reports events and diagnoses misuse around the pure
 * allocators. See heap.h.
 */
#include "heap.h"

#include "../assert.h"
#include "../kernel.h"
#include "../port.h"

const struct heap_ops *heap_allocator(const char *name)
{
    for (unsigned i = 0; heap_allocators[i] != NULL; i++)
        if (strcmp(heap_allocators[i]->name, name) == 0)
            return heap_allocators[i];
    return NULL;
}

void heap_config_standard(struct heap_config *config, const struct heap_ops *ops)
{
    *config = (struct heap_config){.ops = ops};
    for (unsigned i = 0; ops->options[i].key != NULL; i++) {
        KERNEL_ASSERT(i < HEAP_OPTIONS_MAX);
        config->option[i] = ops->options[i].standard;
    }
}

int heap_option_index(const struct heap_ops *ops, const char *key)
{
    for (int i = 0; ops->options[i].key != NULL; i++)
        if (strcmp(ops->options[i].key, key) == 0)
            return i;
    return -1;
}

tsize_t heap_option(const struct heap *h, const char *key)
{
    const int index = heap_option_index(h->ops, key);

    KERNEL_ASSERT(index >= 0);
    return h->config.option[index];
}

/* --- cost --- */

void heap_point(struct heap *h)
{
    port_heap_point(h);
}

void heap_points(struct heap *h, uint32_t count)
{
    while (count-- > 0)
        heap_step(h);
}

taddr_t heap_points_passed(struct heap *h, uint32_t count, taddr_t block)
{
    heap_points(h, count);
    return block;
}

#ifdef HEAPSIM_GUARDED_HEAPS
/* The library's functions are AddressSanitizer's, and look at what they touch: memory that it is
 * told to guard. Volatile, or the compiler makes calls of them out of the loops. */
static void move(taddr_t to, taddr_t from, tsize_t size)
{
    volatile uint8_t *const target = target_pointer(to);
    const volatile uint8_t *const source = target_pointer(from);

    for (tsize_t i = 0; i < size; i++)
        if (to < from)
            target[i] = source[i];
        else
            target[size - 1 - i] = source[size - 1 - i];
}

static void clear(taddr_t at, tsize_t size)
{
    volatile uint8_t *const target = target_pointer(at);

    for (tsize_t i = 0; i < size; i++)
        target[i] = 0;
}
#else
static inline void move(taddr_t to, taddr_t from, tsize_t size)
{
    memmove(target_pointer(to), target_pointer(from), size); /* in a broken heap they may overlap */
}

static inline void clear(taddr_t at, tsize_t size)
{
    memset(target_pointer(at), 0, size);
}
#endif

void heap_copy(struct heap *h, taddr_t to, taddr_t from, tsize_t size)
{
    port_inside_begin(); /* slack, too */
    move(to, from, size);
    port_inside_end();
    h->cost.moved += size;
}

taddr_t heap_link_before(taddr_t block)
{
    port_inside_begin();
    const taddr_t link = load32(block - 4);
    port_inside_end();
    return link;
}

void heap_clear(struct heap *h, taddr_t at, tsize_t size)
{
    clear(at, size);
    h->cost.moved += size;
}

/* --- events --- */

COLD static void report(struct heap *h, struct heap_event event)
{
    event.heap = h;
    event.call = h->call;
    event.cost = h->cost;
    port_heap_event(&event);
}

/* Read by who looks at all heaps when the run is over. */
static inline void count_in_progress(struct heap *h, uint32_t change)
{
    __atomic_store_n(&h->in_progress, h->in_progress + change, __ATOMIC_RELAXED);
}

static inline void reported_begin(struct heap *h, taddr_t block)
{
    count_in_progress(h, 1);
    port_heap_begin(h, block);
}

/* Before an operation on `block`, or on none. */
static inline void operation_begin(struct heap *h, taddr_t block, struct heap_call call)
{
    heap_begin(h, call);
    if (h->config.events)
        reported_begin(h, block);
}

/* An operation that was begun is over, and is reported. */
static inline void report_end(struct heap *h, struct heap_event event)
{
    count_in_progress(h, UINT32_MAX);
    report(h, event);
}

static inline void operation_end(struct heap *h, enum heap_event_kind kind, taddr_t address,
                                 taddr_t old, tsize_t size)
{
    if (h->config.events)
        report_end(
            h, (struct heap_event){.kind = kind,
                                   .address = address,
                                   .old = old,
                                   .size = size,
                                   .usable = address != 0 ? h->ops->usable_size(h, address) : 0});
}

/* Of NULL and of a pointer that is no block nothing is freed. */
static inline void free_end(struct heap *h, taddr_t block)
{
    if (!h->config.events)
        return;
    if (block != 0 && !h->refused)
        report_end(h, (struct heap_event){.kind = HEAP_EVENT_FREE, .address = block});
    else
        count_in_progress(h, UINT32_MAX);
}

static void region_event(struct heap *h, enum heap_event_kind kind,
                         const struct heap_region *region)
{
    if (h->config.events)
        report(h,
               (struct heap_event){.kind = kind, .address = region->begin, .size = region->size});
}

void heap_note(struct heap *h, enum heap_event_kind kind, taddr_t at, tsize_t size)
{
    if (h->config.events)
        report(h, (struct heap_event){.kind = kind, .address = at, .size = size, .usable = size});
}

/* For an operation that the allocator lacks. */
static taddr_t lacks(struct heap *h, taddr_t block, tsize_t size, const char *text)
{
    heap_misuse(h, DIAGNOSIS_UNSUPPORTED, block, size, text);
    return 0;
}

static inline enum heap_event_kind alloc_event(taddr_t block)
{
    return block != 0 ? HEAP_EVENT_ALLOC : HEAP_EVENT_FAIL;
}

/* --- what struct heap's alloc and free may be, beside the allocator's own --- */

static taddr_t alloc_reported(struct heap *h, tsize_t size)
{
    reported_begin(h, 0);
    const taddr_t block = h->ops->alloc(h, size);
    operation_end(h, alloc_event(block), block, 0, size);
    return block;
}

static void free_reported(struct heap *h, taddr_t block)
{
    reported_begin(h, block);
    h->ops->free(h, block);
    free_end(h, block);
}

static void free_lacking(struct heap *h, taddr_t block)
{
    (void)lacks(h, block, 0, "this heap has no free");
}

static taddr_t alloc_detached(struct heap *h, tsize_t size)
{
    KERNEL_ASSERT(h->ops != NULL); /* it is no live heap */
    return 0;
}

static void free_detached(struct heap *h, taddr_t block)
{
    KERNEL_ASSERT(h->ops != NULL);
}

void heap_report_events(struct heap *h, bool events)
{
    h->config.events = events;
    h->alloc = events ? alloc_reported : h->ops->alloc;
    if (h->ops->free == NULL)
        h->free = free_lacking;
    else
        h->free = events ? free_reported : h->ops->free;
}

/* Of a heap that is not live any more, or has never been. */
static void retire(struct heap *h)
{
    h->ops = NULL;
    h->alloc = alloc_detached;
    h->free = free_detached;
}

/* --- life of a heap --- */

/* Lists a region if it is RAM that the heap does not have yet; else a clause that says why not. */
static const char *append_region(struct heap *h, const struct heap_region *region)
{
    if (h->region_count == HEAP_REGIONS_MAX)
        return "it has more regions than heapsim handles (16)";
    const char *const refusal = port_memory_refusal(target_pointer(region->begin), region->size);
    if (refusal != NULL)
        return refusal;
    for (unsigned i = 0; i < h->region_count && !(h->ops->capabilities & HEAP_JUDGES_OVERLAP); i++)
        if (region->begin - h->regions[i].begin < h->regions[i].size ||
            h->regions[i].begin - region->begin < region->size)
            return "two of its regions overlap";
    h->regions[h->region_count++] = *region;
    return NULL;
}

static const char *lay_out(struct heap *h, const struct heap_region *regions, unsigned count)
{
    if (count > 1 && !(h->ops->capabilities & HEAP_HAS_REGIONS))
        return "this allocator takes one region only";
    for (unsigned i = 0; i < count; i++) {
        const char *const refusal = append_region(h, &regions[i]);

        if (refusal != NULL)
            return refusal;
    }
    return h->ops->init(h);
}

const char *heap_init(struct heap *h, const struct heap_config *config, const char *name,
                      const struct heap_region *regions, unsigned count, taddr_t object,
                      struct heap_call call)
{
    KERNEL_ASSERT(count >= 1);
    memset(h, 0, sizeof *h);
    h->ops = config->ops;
    h->config = *config;
    h->object = object;
    h->call = call;
    for (unsigned i = 0; name[i] != '\0' && i < HEAP_NAME_MAX - 1; i++)
        h->name[i] = name[i];
    const char *const refusal = lay_out(h, regions, count);
    if (refusal != NULL) {
        retire(h);
        return refusal;
    }
    heap_report_events(h, config->events);
    KERNEL_ASSERT(h->object != 0);
    const bool masked = kernel_enter();
    h->number = ++kernel.heap_count;
    h->next = kernel.heap_list;
    __atomic_store_n(&kernel.heap_list, h, __ATOMIC_RELEASE); /* whole, for who reads meanwhile */
    for (unsigned i = 0; i < h->region_count; i++)
        region_event(h, HEAP_EVENT_OPEN, &h->regions[i]);
    kernel_leave(masked);
    return NULL;
}

/* A reader that has found it goes on from it: its link stays, and the record until that is over. */
void heap_detach(struct heap *h)
{
    const bool masked = kernel_enter();
    struct heap **link = &kernel.heap_list;

    while (*link != h) {
        KERNEL_ASSERT(*link != NULL); /* only a live heap is detached */
        link = &(*link)->next;
    }
    __atomic_store_n(link, h->next, __ATOMIC_RELEASE);
    port_read_wait();
    for (unsigned i = 0; i < h->region_count; i++)
        region_event(h, HEAP_EVENT_CLOSE, &h->regions[i]);
    retire(h);
    kernel_leave(masked);
}

struct heap *heap_live_after(const struct heap *h)
{
    return __atomic_load_n(h != NULL ? &h->next : &kernel.heap_list, __ATOMIC_ACQUIRE);
}

const char *heap_add_region(struct heap *h, const struct heap_region *region, struct heap_call call)
{
    if (h->ops->add_region == NULL)
        return "this allocator takes no region at run time";
    h->call = call;
    const char *refusal = append_region(h, region);
    if (refusal != NULL)
        return refusal;
    refusal = h->ops->add_region(h, region);
    if (refusal != NULL)
        h->region_count--;
    else
        region_event(h, HEAP_EVENT_OPEN, region);
    return refusal;
}

const char *heap_remove_region(struct heap *h, taddr_t begin, struct heap_call call)
{
    unsigned index = 0;

    if (h->ops->remove_region == NULL)
        return "this allocator gives no region back";
    while (index < h->region_count && h->regions[index].begin != begin)
        index++;
    if (index == h->region_count)
        return "it has no region that begins there";
    h->call = call;
    const char *const refusal = h->ops->remove_region(h, begin);
    if (refusal != NULL)
        return refusal;
    region_event(h, HEAP_EVENT_CLOSE, &h->regions[index]);
    h->region_count--;
    for (; index < h->region_count; index++)
        h->regions[index] = h->regions[index + 1];
    return NULL;
}

struct heap *heap_by_object(taddr_t object)
{
    const bool begun = port_read_begin();
    struct heap *h = heap_live_after(NULL);

    while (h != NULL && h->object != object)
        h = heap_live_after(h);
    port_read_end(begun);
    return h;
}

bool heap_contains(const struct heap *h, taddr_t address, tsize_t size)
{
    for (unsigned i = 0; i < h->region_count; i++) {
        const struct heap_region *const region = &h->regions[i];

        if (size <= region->size && address - region->begin <= region->size - size)
            return true;
    }
    return false;
}

/* --- operations --- */

taddr_t heap_alloc_cleared(struct heap *h, tsize_t count, tsize_t size, struct heap_call call)
{
    operation_begin(h, 0, call);
    const taddr_t block = h->ops->alloc_cleared(h, count, size);
    operation_end(h, alloc_event(block), block, 0, count * size);
    return block;
}

/*
 * Bytes of a block that the word before it leads back from (rt_common.c): as many as were asked
 * for, unless that was a quirk.
 */
static tsize_t usable_apart(struct heap *h, taddr_t block, tsize_t size)
{
    const taddr_t raw = heap_link_before(block);
    const tsize_t room = raw + h->ops->usable_size(h, raw) - block;

    return size < room ? size : room;
}

taddr_t heap_alloc_aligned(struct heap *h, tsize_t size, tsize_t align, struct heap_call call)
{
    operation_begin(h, 0, call);
    const taddr_t block = h->ops->alloc_aligned != NULL
                              ? h->ops->alloc_aligned(h, size, align)
                              : lacks(h, 0, size, "this heap has no aligned allocation");
    if (block != 0 && h->config.events)
        report_end(h, (struct heap_event){.address = block,
                                          .size = size,
                                          .usable = h->ops->capabilities & HEAP_ALIGNED_APART
                                                        ? usable_apart(h, block, size)
                                                        : h->ops->usable_size(h, block),
                                          .align = align});
    else
        operation_end(h, HEAP_EVENT_FAIL, 0, 0, size);
    return block;
}

taddr_t heap_realloc(struct heap *h, taddr_t block, tsize_t size, struct heap_call call)
{
    operation_begin(h, block, call);
    const taddr_t result = h->ops->realloc != NULL
                               ? h->ops->realloc(h, block, size)
                               : lacks(h, block, size, "this heap has no realloc");
    /* OneOS 1.x hands a pointer back that is none of its heap's. */
    const bool foreign = result != 0 && h->refused && !heap_contains(h, result, 1);

    if (result == 0 && (size == 0 || h->freed))
        free_end(h, block);
    else if (result == 0 || foreign)
        operation_end(h, HEAP_EVENT_FAIL, 0, block, size);
    else
        operation_end(h, HEAP_EVENT_REALLOC, result, block, size);
    return result;
}

void heap_free_aligned(struct heap *h, taddr_t block, struct heap_call call)
{
    if (h->ops->free_aligned == NULL) {
        heap_free(h, block, call);
        return;
    }
    operation_begin(h, block, call);
    h->ops->free_aligned(h, block);
    free_end(h, block);
}

static bool note_largest_free(void *context, const struct heap_block *block)
{
    tsize_t *largest = context;

    if (!block->used && block->usable > *largest)
        *largest = block->usable;
    return true;
}

tsize_t heap_largest_free(struct heap *h)
{
    tsize_t largest = 0;

    h->ops->walk(h, note_largest_free, &largest);
    return largest;
}

taddr_t heap_alloc_cleared_wrapping(struct heap *h, tsize_t count, tsize_t size, tsize_t most)
{
    static const char wraps[] = "the size wraps at 32 bits, so the block would be too small";
    const uint64_t whole = (uint64_t)count * size;
    const tsize_t product = (tsize_t)whole;

    if (product > most) {
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, product, wraps);
        return 0;
    }
    if (whole > UINT32_MAX && !heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, 0, product, wraps))
        return 0;
    const taddr_t block = h->ops->alloc(h, product);
    if (block != 0)
        heap_clear(h, block, product);
    return block;
}

/* --- misuse --- */

void heap_misuse(struct heap *h, enum diagnosis_kind kind, taddr_t address, tsize_t size,
                 const char *text)
{
    const bool is_pointer = kind >= DIAGNOSIS_FOREIGN_POINTER && kind <= DIAGNOSIS_WRONG_HEAP;
    const struct diagnosis diagnosis = {.kind = kind,
                                        .heap = h,
                                        .call = h->call.name,
                                        .site = h->call.site,
                                        .frame = h->call.frame,
                                        .address =
                                            is_pointer && h->aligned != 0 ? h->aligned : address,
                                        .size = size,
                                        .text = text};

    h->refused = true;
    port_diagnosis(&diagnosis);
}

bool heap_quirk(struct heap *h, enum diagnosis_kind kind, taddr_t address, tsize_t size,
                const char *text)
{
    heap_misuse(h, kind, address, size, text);
    h->refused = !h->config.faithful;
    return h->config.faithful;
}

void heap_note_freed(struct heap *h)
{
    h->freed = true;
}

struct pointer_search {
    taddr_t pointer;
    struct heap_block block;
    bool found;
};

static bool find_block_around(void *context, const struct heap_block *block)
{
    struct pointer_search *search = context;

    if (search->pointer - block->header >= block->size)
        return true;
    search->block = *block;
    search->found = true;
    return false;
}

void heap_bad_pointer(struct heap *h, taddr_t pointer)
{
    struct pointer_search search = {.pointer = pointer};
    const struct heap_block *block = &search.block;
    struct heap_fault fault;

    if (!h->ops->check(h, &fault)) {
        heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, fault.address, 0, fault.text);
        return;
    }
    h->ops->walk(h, find_block_around, &search);
    if (!search.found)
        heap_misuse(h, DIAGNOSIS_FOREIGN_POINTER, pointer, 0,
                    "the pointer lies in no block of this heap");
    else if (!block->used)
        heap_misuse(h, DIAGNOSIS_DOUBLE_FREE, pointer, block->size,
                    "the memory it points to is free already");
    else
        heap_misuse(h, DIAGNOSIS_INTERIOR_POINTER, pointer, block->size,
                    "it points into a live block, not to its start");
}

bool heap_faulty(struct heap_fault *fault, taddr_t address, uint32_t found, uint32_t expected,
                 const char *text)
{
    *fault =
        (struct heap_fault){.address = address, .found = found, .expected = expected, .text = text};
    return false;
}

uint32_t heap_owner_word(char padding)
{
    const struct task *const task = task_self();
    const char *const name = task != NULL ? task->name : "NONE";
    uint32_t word = 0;
    bool over = false;

    for (unsigned i = 0; i < 4; i++) {
        over = over || name[i] == '\0';
        word |= (uint32_t)(unsigned char)(over ? padding : name[i]) << 8 * i;
    }
    return word;
}

taddr_t heap_owner_task(void)
{
    const struct task *const task = task_self();

    return task != NULL ? task->object : 0;
}
