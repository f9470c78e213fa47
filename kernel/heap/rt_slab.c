/* RT-Thread slab: see rt_slab.h for the principle and the layout. */
#include "rt_slab.h"

#include "../assert.h"
#include "allocators.h"
#include "rt_common.h"

enum { OPTION_ALIGN = RT_OPTION_ALIGN_INDEX, OPTION_NAME_MAX, OPTION_FRONT };

static const struct heap_option options[] = {
    RT_OPTION_ALIGN, RT_OPTION_NAME_MAX, RT_OPTION_FRONT, {.key = NULL}};

static void set_field(const struct slab *s, unsigned offset, uint32_t value)
{
    store32(s->control + offset, value);
}

static void set_usage(const struct slab *s, tsize_t page, uint32_t word)
{
    store32(s->memusage + 4 * page, word);
}

static tsize_t page_of(const struct slab *s, taddr_t address)
{
    return (address - s->start) >> RT_PAGE_BITS;
}

/* The word that holds the first zone of a class. */
static taddr_t list_of(const struct slab *s, tsize_t class)
{
    return s->control + CONTROL_ZONES + 4 * class;
}

static void add_used(const struct slab *s, tsize_t bytes)
{
    const taddr_t control = s->control;
    const tsize_t used = load32(control + CONTROL_USED) + bytes;

    store32(control + CONTROL_USED, used);
    if (used > load32(control + CONTROL_MAX))
        store32(control + CONTROL_MAX, used);
}

static void drop_used(const struct slab *s, tsize_t bytes)
{
    set_field(s, CONTROL_USED, slab_field(s, CONTROL_USED) - bytes);
}

static void broken_zone(struct heap *h, taddr_t link)
{
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, link, 0,
                "a list of zones or chunks was overwritten there: it leads nowhere");
}

/* --- size classes --- */

/*
 * The class of a request, at least 1, below RT_SLAB_CHUNK_MOST. Sizes double every 8 classes from
 * 128 bytes on: steps of 8 bytes up to 128, of 16 up to 256, and so on.
 */
static tsize_t class_of(tsize_t size)
{
    const tsize_t last = size - 1;
    const unsigned log2 = 31 ^ (unsigned)__builtin_clz(last | 64);

    return (last >> (log2 - 3)) + 8 * log2 - 48;
}

static tsize_t chunk_of(tsize_t class)
{
    const tsize_t row = class < 8 ? 0 : class / 8 - 1;

    return (class + 1 - 8 * row) * (8u << row);
}

static void lay_out_classes(struct slab *s)
{
    for (tsize_t class = 0; class < RT_SLAB_CLASSES; class ++) {
        const tsize_t chunk = chunk_of(class);
        const tsize_t first =
            is_power_of_two(chunk) ? align_up(ZONE_HEADER, chunk) : ZONE_FIRST_LEAST;

        s->classes[class] =
            (struct slab_class){chunk, first, (s->zone_size - first) / chunk, list_of(s, class)};
    }
}

/* --- init --- */

static tsize_t zone_size_for(tsize_t limit)
{
    tsize_t size = 32 << 10;

    while (size < RT_SLAB_ZONE_MOST && 2 * size < limit / 1024)
        size *= 2;
    return size;
}

static void write_control(struct heap *h, const struct slab *s)
{
    const tsize_t name_max = h->config.option[OPTION_NAME_MAX];

    memset(target_pointer(h->object), 0, s->control - h->object + CONTROL_SIZE);
    rt_object_write(h->object, name_max, h->name, RT_OBJECT_CLASS_MEMORY | RT_OBJECT_STATIC);
    set_field(s, CONTROL_ALGORITHM, s->algorithm);
    set_field(s, CONTROL_ADDRESS, s->start);
    set_field(s, CONTROL_TOTAL, s->limit);
    set_field(s, CONTROL_START, s->start);
    set_field(s, CONTROL_END, s->start + s->limit);
    set_field(s, CONTROL_ZONE_SIZE, s->zone_size);
    set_field(s, CONTROL_ZONE_LIMIT, s->zone_limit);
    set_field(s, CONTROL_ZONE_PAGES, s->zone_pages);
}

static const char *slab_init(struct heap *h)
{
    static const char algorithm[] = "slab";
    struct slab *const s = slab_of(h);
    const tsize_t align = h->config.option[OPTION_ALIGN];
    const struct heap_region region = rt_heap_extent(h, align, h->config.option[OPTION_FRONT] != 0);

    h->object = align_up(region.begin, align);
    s->control = h->object + rt_object_size(h->config.option[OPTION_NAME_MAX]);
    s->start = align_up(s->control + CONTROL_SIZE, RT_PAGE_SIZE);
    const taddr_t end = align_down(region.begin + region.size, RT_PAGE_SIZE);
    if (h->object < region.begin || s->start < h->object || s->start >= end)
        return "it is too small for slab's control block and a page of 4 KiB behind it";

    s->algorithm = (taddr_t)(uintptr_t)algorithm;
    s->limit = end - s->start;
    s->zone_size = zone_size_for(s->limit);
    s->zone_pages = s->zone_size >> RT_PAGE_BITS;
    s->zone_limit = s->zone_size / 4 < RT_SLAB_CHUNK_MOST ? s->zone_size / 4 : RT_SLAB_CHUNK_MOST;
    s->chunk_requests = s->zone_limit - 1;
    s->zone_span = s->limit < s->zone_size ? 0 : s->limit - s->zone_size + 1;
    s->pages =
        (struct rt_pages){s->control + CONTROL_PAGE_LIST, s->start, s->limit >> RT_PAGE_BITS};
    lay_out_classes(s);
    write_control(h, s);
    rt_pages_init(&s->pages);
    s->memusage = rt_pages_take(h, &s->pages, slab_table_pages(s));
    memset(target_pointer(s->memusage), 0, 4 * s->pages.count);
    set_field(s, CONTROL_MEMUSAGE, s->memusage);
    return NULL;
}

/* --- zones --- */

/* Pages for a zone: the zone cached last, else new ones; 0 if there is no room. */
static taddr_t take_zone(struct heap *h, const struct slab *s)
{
    const taddr_t cached = slab_field(s, CONTROL_ZONE_FREE);

    if (cached == 0) {
        const taddr_t zone = rt_pages_take(h, &s->pages, s->zone_pages);
        for (tsize_t i = 0; zone != 0 && i < s->zone_pages; i++)
            set_usage(s, page_of(s, zone) + i, usage_word(USAGE_ZONE, i));
        return zone;
    }
    heap_step(h);
    if (!slab_is_cached(s, cached)) {
        broken_zone(h, s->control + CONTROL_ZONE_FREE);
        return 0;
    }
    set_field(s, CONTROL_ZONE_FREE, load32(cached + ZONE_NEXT));
    set_field(s, CONTROL_ZONE_FREE_COUNT, slab_field(s, CONTROL_ZONE_FREE_COUNT) - 1);
    return cached;
}

/* A zone for a class that has none with a free chunk; chunk 0 is given out with it. */
static taddr_t open_zone(struct heap *h, const struct slab *s, tsize_t class)
{
    const struct slab_class *const c = &s->classes[class];
    const taddr_t zone = take_zone(h, s);

    if (zone == 0)
        return 0;
    memset(target_pointer(zone), 0, ZONE_TAIL + 4);
    store32(zone + ZONE_MAGIC, RT_ZONE_MAGIC);
    store32(zone + ZONE_NFREE, c->count - 1);
    store32(zone + ZONE_NMAX, c->count);
    store32(zone + ZONE_BASE, zone + c->first);
    store32(zone + ZONE_CHUNK, c->chunk);
    store32(zone + ZONE_CLASS, class);
    store32(list_of(s, class), zone);
    add_used(s, c->chunk);
    return zone + c->first;
}

/* A zone that had no free chunk has one again. */
static inline void list_zone(const struct slab_class *c, taddr_t zone)
{
    store32(zone + ZONE_NEXT, load32(c->list));
    store32(c->list, zone);
}

/* Takes an all-free zone off its class's list. */
static bool unlist_zone(struct heap *h, const struct slab *s, taddr_t zone, tsize_t class)
{
    tsize_t left = s->pages.count / s->zone_pages;
    taddr_t link = list_of(s, class);

    for (taddr_t at = load32(link); at != zone; at = load32(link)) {
        heap_step(h);
        if (!slab_is_zone(s, at, class) || left-- == 0) {
            broken_zone(h, link);
            return false;
        }
        link = at + ZONE_NEXT;
    }
    store32(link, load32(zone + ZONE_NEXT));
    return true;
}

/* A zone that became all free: unless it is the only one listed, it is cached, or dropped. */
HEAP_SLOW_PATH void close_zone(struct heap *h, const struct slab *s, taddr_t zone)
{
    const tsize_t class = load32(zone + ZONE_CLASS);
    const tsize_t cached = slab_field(s, CONTROL_ZONE_FREE_COUNT);

    heap_step(h);
    if ((load32(list_of(s, class)) == zone && load32(zone + ZONE_NEXT) == 0) ||
        !unlist_zone(h, s, zone, class))
        return;
    store32(zone + ZONE_MAGIC, RT_ZONE_CACHED);
    store32(zone + ZONE_NEXT, slab_field(s, CONTROL_ZONE_FREE));
    if (cached < RT_SLAB_CACHED_MAX) {
        set_field(s, CONTROL_ZONE_FREE, zone);
        set_field(s, CONTROL_ZONE_FREE_COUNT, cached + 1);
    } else if (rt_pages_give(h, &s->pages, zone, s->zone_pages)) {
        for (tsize_t i = 0; i < s->zone_pages; i++)
            set_usage(s, page_of(s, zone) + i, usage_word(USAGE_FREE, 0));
    }
}

/* --- alloc --- */

static taddr_t alloc_large(struct heap *h, const struct slab *s, tsize_t size)
{
    const tsize_t pages = align_up(size, RT_PAGE_SIZE) >> RT_PAGE_BITS;

    if (pages == 0 && size != 0)
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, size,
                    "the size wraps at 32 bits, to no page at all");
    const taddr_t block = rt_pages_take(h, &s->pages, pages);
    if (block != 0) {
        set_usage(s, page_of(s, block), usage_word(USAGE_LARGE, pages));
        add_used(s, pages << RT_PAGE_BITS);
    }
    return block;
}

/* No zone of the class has a free chunk, or the word that should say which leads nowhere. */
HEAP_SLOW_PATH taddr_t alloc_without_zone(struct heap *h, const struct slab *s, tsize_t class)
{
    heap_step(h);
    if (load32(list_of(s, class)) == 0)
        return open_zone(h, s, class);
    broken_zone(h, list_of(s, class));
    return 0;
}

HEAP_SLOW_PATH taddr_t alloc_from_broken_zone(struct heap *h, taddr_t zone)
{
    broken_zone(h, zone + ZONE_FREECHUNK);
    return 0;
}

/* The next chunk never given out, else the one freed last. */
HEAP_TWICE taddr_t alloc_chunk(struct heap *h, const struct slab *s, tsize_t class, bool stops)
{
    const struct slab_class *const c = &s->classes[class];
    const taddr_t list = c->list;
    const taddr_t zone = load32(list);

    if (!slab_is_zone(s, zone, class))
        return alloc_without_zone(h, s, class);
    const tsize_t unused = load32(zone + ZONE_UINDEX) + 1;
    taddr_t chunk;
    if (unused < c->count) {
        heap_step_of(h, stops);
        chunk = zone + c->first + unused * c->chunk;
        store32(zone + ZONE_UINDEX, unused);
    } else {
        chunk = load32(zone + ZONE_FREECHUNK);
        if (slab_index(c, zone, chunk) == c->count)
            return alloc_from_broken_zone(h, zone);
        heap_step_of(h, stops);
        store32(zone + ZONE_FREECHUNK, load32(chunk));
        store32(chunk, 0);
    }
    const tsize_t nfree = load32(zone + ZONE_NFREE) - 1;
    store32(zone + ZONE_NFREE, nfree);
    add_used(s, c->chunk);
    if (nfree == 0) {
        store32(list, load32(zone + ZONE_NEXT));
        store32(zone + ZONE_NEXT, 0);
    }
    return chunk;
}

HEAP_SLOW_PATH taddr_t alloc_slowly(struct heap *h, tsize_t size)
{
    const struct slab *const s = slab_of(h);

    if (size - 1 < s->chunk_requests)
        return alloc_chunk(h, s, class_of(size), true);
    return alloc_large(h, s, size);
}

static taddr_t slab_alloc(struct heap *h, tsize_t size)
{
    const struct slab *const s = slab_of(h);

    if (size - 1 < s->chunk_requests && heap_runs(h)) /* nor is it 0 */
        return alloc_chunk(h, s, class_of(size), false);
    return alloc_slowly(h, size);
}

/* --- free --- */

/* True if the zone's list of free chunks holds the chunk. O(free chunks). */
static bool is_listed(const struct slab_class *c, taddr_t zone, taddr_t chunk)
{
    taddr_t at = load32(zone + ZONE_FREECHUNK);

    for (tsize_t left = c->count; left > 0 && slab_index(c, zone, at) < c->count; left--) {
        if (at == chunk)
            return true;
        at = load32(at);
    }
    return false;
}

/* True if a chunk that has been given out may have come back: its first word is a link. */
static inline bool may_be_listed(const struct slab *s, taddr_t zone, taddr_t chunk)
{
    const uint32_t link = load32(chunk);

    return link == 0 ? chunk == load32(zone + ZONE_TAIL) : link - zone < s->zone_size;
}

/* The class of a chunk that has been given out, and its zone; NULL if the block is none. */
static ALWAYS_INLINE const struct slab_class *find_chunk(const struct slab *s, taddr_t block,
                                                         taddr_t *in_zone)
{
    const tsize_t page = page_of(s, block);
    const uint32_t usage = page < s->pages.count ? slab_usage(s, page) - USAGE_ZONE : 1;
    const taddr_t zone = *in_zone = slab_page(s, page - (usage >> USAGE_BITS));

    if ((usage & USAGE_TYPES) != 0 || !slab_fits_zone(s, zone) ||
        load32(zone + ZONE_MAGIC) != RT_ZONE_MAGIC || load32(zone + ZONE_CLASS) >= RT_SLAB_CLASSES)
        return NULL;
    const struct slab_class *const c = &s->classes[load32(zone + ZONE_CLASS)];
    const tsize_t offset = block - zone - c->first;
    return offset / c->chunk <= load32(zone + ZONE_UINDEX) && offset % c->chunk == 0 ? c : NULL;
}

/* The pages of a live large block; 0 if the block is none. */
static tsize_t find_large(const struct slab *s, taddr_t block)
{
    const tsize_t page = page_of(s, block);
    const uint32_t usage = page < s->pages.count ? slab_usage(s, page) : 0;
    const tsize_t pages = usage >> USAGE_BITS;

    return (usage & USAGE_TYPES) == USAGE_LARGE && block == slab_page(s, page) &&
                   pages <= s->pages.count - page
               ? pages
               : 0;
}

HEAP_TWICE void free_chunk(struct heap *h, const struct slab *s, const struct slab_class *c,
                           taddr_t zone, taddr_t chunk, bool stops)
{
    const taddr_t newest = load32(zone + ZONE_FREECHUNK);
    const tsize_t nfree = load32(zone + ZONE_NFREE) + 1;

    heap_step_of(h, stops);
    store32(chunk, newest);
    store32(zone + ZONE_FREECHUNK, chunk);
    if (newest == 0)
        store32(zone + ZONE_TAIL, chunk);
    drop_used(s, c->chunk);
    store32(zone + ZONE_NFREE, nfree);
    if (nfree == 1)
        list_zone(c, zone);
    if (nfree == c->count)
        close_zone(h, s, zone);
}

/* The page keeps its type, so upstream can assert that a second free finds no pages. */
static void free_large(struct heap *h, const struct slab *s, taddr_t block, tsize_t pages)
{
    heap_step(h);
    if (rt_pages_give(h, &s->pages, block, pages)) {
        set_usage(s, page_of(s, block), usage_word(USAGE_LARGE, 0));
        drop_used(s, pages << RT_PAGE_BITS);
    }
}

HEAP_SLOW_PATH void free_slowly(struct heap *h, taddr_t block)
{
    const struct slab *const s = slab_of(h);
    const tsize_t pages = find_large(s, block);
    taddr_t zone;
    const struct slab_class *const c = find_chunk(s, block, &zone);

    if (c != NULL && !is_listed(c, zone, block))
        free_chunk(h, s, c, zone, block, true);
    else if (pages != 0)
        free_large(h, s, block, pages);
    else if (block != 0)
        heap_bad_pointer(h, block);
}

static void slab_free(struct heap *h, taddr_t block)
{
    const struct slab *const s = slab_of(h);
    taddr_t zone;
    const struct slab_class *const c = find_chunk(s, block, &zone);

    if (c != NULL && !may_be_listed(s, zone, block) && heap_runs(h))
        free_chunk(h, s, c, zone, block, false);
    else
        free_slowly(h, block);
}

/* --- realloc --- */

/* To a size rounded to its class: then the chunk stays if it is of that class. */
static taddr_t resize_chunk(struct heap *h, const struct slab *s, const struct slab_class *c,
                            taddr_t zone, taddr_t block, tsize_t size)
{
    heap_step(h);
    if (size < RT_SLAB_CHUNK_MOST)
        size = s->classes[class_of(size)].chunk;
    if (size == c->chunk)
        return block;
    const taddr_t moved = slab_alloc(h, size);
    if (moved != 0) {
        heap_copy(h, moved, block, size < c->chunk ? size : c->chunk);
        free_chunk(h, s, c, zone, block, true);
    }
    return moved;
}

/* A large block moves even to the same size. */
static taddr_t resize_large(struct heap *h, const struct slab *s, taddr_t block, tsize_t pages,
                            tsize_t size)
{
    const tsize_t old = pages << RT_PAGE_BITS;

    heap_step(h);
    const taddr_t moved = slab_alloc(h, size);

    if (moved != 0) {
        heap_copy(h, moved, block, size < old ? size : old);
        free_large(h, s, block, pages);
    }
    return moved;
}

static taddr_t slab_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    const struct slab *const s = slab_of(h);
    taddr_t zone;

    if (block == 0)
        return slab_alloc(h, size);
    if (size == 0) {
        slab_free(h, block);
        return 0;
    }
    const struct slab_class *const c = find_chunk(s, block, &zone);
    if (c != NULL && !(may_be_listed(s, zone, block) && is_listed(c, zone, block)))
        return resize_chunk(h, s, c, zone, block, size);
    const tsize_t pages = find_large(s, block);
    if (pages != 0)
        return resize_large(h, s, block, pages, size);
    heap_bad_pointer(h, block);
    return 0;
}

/* Neither outside the heap nor beyond its end, also where the page table was overwritten. */
static tsize_t slab_usable_size(struct heap *h, taddr_t block)
{
    const struct slab *const s = slab_of(h);
    const tsize_t page = page_of(s, block);
    const tsize_t room = slab_page(s, s->pages.count) - block;
    const uint32_t usage = slab_usage(s, page);
    const tsize_t value = usage >> USAGE_BITS;
    tsize_t size = 0;

    if ((usage & USAGE_TYPES) == USAGE_LARGE)
        size = value << RT_PAGE_BITS;
    else if (value <= page)
        size = load32(slab_page(s, page - value) + ZONE_CHUNK);
    return size < room ? size : room;
}

/* --- pages for the program --- */

taddr_t rt_slab_page_alloc(struct heap *h, tsize_t pages, struct heap_call call)
{
    struct slab *const s = slab_of(h);

    KERNEL_ASSERT(h->ops == &heap_rt_slab);
    h->call = call;
    const taddr_t at = rt_pages_take(h, &s->pages, pages);
    if (at == 0)
        return 0;
    s->raw_pages += pages;
    heap_note(h, HEAP_EVENT_ALLOC, at, pages << RT_PAGE_BITS);
    return at;
}

void rt_slab_page_free(struct heap *h, taddr_t at, tsize_t pages, struct heap_call call)
{
    struct slab *const s = slab_of(h);

    KERNEL_ASSERT(h->ops == &heap_rt_slab);
    h->call = call;
    if (!rt_slab_are_raw(s, at, pages)) {
        heap_misuse(h, DIAGNOSIS_FOREIGN_POINTER, at, pages,
                    "these are not all pages that rt_page_alloc gave out, and are not free yet");
    } else if (rt_pages_give(h, &s->pages, at, pages)) {
        s->raw_pages -= pages;
        heap_note(h, HEAP_EVENT_FREE, at, pages << RT_PAGE_BITS);
    }
}

/* --- figures --- */

static tsize_t read_used(struct heap *h, unsigned region)
{
    return slab_field(slab_of(h), CONTROL_USED);
}

static tsize_t read_max(struct heap *h, unsigned region)
{
    return slab_field(slab_of(h), CONTROL_MAX);
}

static tsize_t read_total(struct heap *h, unsigned region)
{
    return slab_field(slab_of(h), CONTROL_TOTAL);
}

static const struct heap_figure figures[] = {{"used", read_used, false},
                                             {"max", read_max, false},
                                             {"total", read_total, false},
                                             {.name = NULL}};

static void slab_stats(struct heap *h, struct heap_stats *stats)
{
    *stats = (struct heap_stats){read_total(h, 0), read_used(h, 0), read_max(h, 0)};
}

const struct heap_ops heap_rt_slab = {
    .name = "rt-slab",
    .title = "RT-Thread slab",
    .capabilities = HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_ALIGNED_APART,
    .options = options,
    .figures = figures,
    .init = slab_init,
    .alloc = slab_alloc,
    .alloc_cleared = rt_alloc_cleared,
    .alloc_aligned = rt_alloc_aligned,
    .realloc = slab_realloc,
    .free = slab_free,
    .free_aligned = rt_free_aligned,
    .usable_size = slab_usable_size,
    .stats = slab_stats,
    .check = rt_slab_check,
    .walk = rt_slab_walk,
};
