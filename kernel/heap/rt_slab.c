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
    const tsize_t used = slab_field(s, CONTROL_USED) + bytes;

    set_field(s, CONTROL_USED, used);
    if (used > slab_field(s, CONTROL_MAX))
        set_field(s, CONTROL_MAX, used);
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
 * The class of a request below RT_SLAB_CHUNK_MOST. Sizes double every 8 classes from 128 bytes on:
 * steps of 8 bytes up to 128, of 16 up to 256, and so on.
 */
static tsize_t class_of(tsize_t size)
{
    const unsigned log2 = 31 - (unsigned)__builtin_clz(size | 64);
    const unsigned shift = log2 - 3;

    return ((size + (1u << shift) - 1) >> shift) + 8 * log2 - 49;
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

        s->classes[class] = (struct slab_class){chunk, first, (s->zone_size - first) / chunk};
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
    static const char algorithm[] = "slab";
    const tsize_t name_max = h->config.option[OPTION_NAME_MAX];

    memset(target_pointer(h->object), 0, s->control - h->object + CONTROL_SIZE);
    rt_object_write(h->object, name_max, h->name, RT_OBJECT_CLASS_MEMORY | RT_OBJECT_STATIC);
    set_field(s, CONTROL_ALGORITHM, (uint32_t)(uintptr_t)algorithm);
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
    struct slab *const s = slab_of(h);
    const tsize_t align = h->config.option[OPTION_ALIGN];
    const struct heap_region region = rt_heap_extent(h, align, h->config.option[OPTION_FRONT] != 0);

    h->object = align_up(region.begin, align);
    s->control = h->object + rt_object_size(h->config.option[OPTION_NAME_MAX]);
    s->start = align_up(s->control + CONTROL_SIZE, RT_PAGE_SIZE);
    const taddr_t end = align_down(region.begin + region.size, RT_PAGE_SIZE);
    if (h->object < region.begin || s->start < h->object || s->start >= end)
        return "it is too small for slab's control block and a page of 4 KiB behind it";

    s->limit = end - s->start;
    s->zone_size = zone_size_for(s->limit);
    s->zone_pages = s->zone_size >> RT_PAGE_BITS;
    s->zone_limit = s->zone_size / 4 < RT_SLAB_CHUNK_MOST ? s->zone_size / 4 : RT_SLAB_CHUNK_MOST;
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

/* An all-free zone that is not the only one of its class: cached, or with two cached, dropped. */
static void close_zone(struct heap *h, const struct slab *s, taddr_t zone, tsize_t class)
{
    const tsize_t cached = slab_field(s, CONTROL_ZONE_FREE_COUNT);

    if (!unlist_zone(h, s, zone, class))
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

/* A chunk of a listed zone: the next one never given out, else the one freed last. */
static taddr_t take_chunk(struct heap *h, const struct slab *s, taddr_t zone, tsize_t class)
{
    const struct slab_class *const c = &s->classes[class];
    const tsize_t unused = load32(zone + ZONE_UINDEX) + 1;
    const tsize_t nfree = load32(zone + ZONE_NFREE) - 1;
    taddr_t chunk;

    if (unused < c->count) {
        chunk = zone + c->first + unused * c->chunk;
        store32(zone + ZONE_UINDEX, unused);
    } else {
        chunk = load32(zone + ZONE_FREECHUNK);
        if (slab_index(c, zone, chunk) == c->count) {
            broken_zone(h, zone + ZONE_FREECHUNK);
            return 0;
        }
        store32(zone + ZONE_FREECHUNK, load32(chunk));
        store32(chunk, 0);
    }
    store32(zone + ZONE_NFREE, nfree);
    if (nfree == 0) {
        store32(list_of(s, class), load32(zone + ZONE_NEXT));
        store32(zone + ZONE_NEXT, 0);
    }
    add_used(s, c->chunk);
    return chunk;
}

static taddr_t alloc_chunk(struct heap *h, const struct slab *s, tsize_t class)
{
    const taddr_t zone = load32(list_of(s, class));

    heap_step(h);
    if (zone == 0)
        return open_zone(h, s, class);
    if (slab_is_zone(s, zone, class))
        return take_chunk(h, s, zone, class);
    broken_zone(h, list_of(s, class));
    return 0;
}

/* Near 2^32 the rounding wraps to no page at all, which there is never. */
static taddr_t alloc_large(struct heap *h, const struct slab *s, tsize_t size)
{
    const tsize_t pages = align_up(size, RT_PAGE_SIZE) >> RT_PAGE_BITS;
    const taddr_t block = rt_pages_take(h, &s->pages, pages);

    if (block != 0) {
        set_usage(s, page_of(s, block), usage_word(USAGE_LARGE, pages));
        add_used(s, pages << RT_PAGE_BITS);
    }
    return block;
}

static taddr_t slab_alloc(struct heap *h, tsize_t size)
{
    const struct slab *const s = slab_of(h);

    if (size >= s->zone_limit)
        return alloc_large(h, s, size);
    return size == 0 ? 0 : alloc_chunk(h, s, class_of(size));
}

/* --- free --- */

/* A live block, as memusage and the zone tell. */
struct place {
    taddr_t zone; /* 0: a large block */
    tsize_t class;
    tsize_t size;
};

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
static bool may_be_listed(const struct slab *s, taddr_t zone, taddr_t chunk)
{
    const uint32_t link = load32(chunk);

    return link == 0 ? chunk == load32(zone + ZONE_TAIL) : link - zone < s->zone_size;
}

static bool find_chunk(const struct slab *s, taddr_t block, tsize_t page, struct place *place)
{
    const tsize_t number = slab_usage(s, page) >> USAGE_BITS;
    const taddr_t zone = slab_page(s, page - number);

    if (number > page || !slab_fits_zone(s, zone) || load32(zone + ZONE_MAGIC) != RT_ZONE_MAGIC)
        return false;
    const tsize_t class = load32(zone + ZONE_CLASS);
    if (class >= RT_SLAB_CLASSES)
        return false;
    const struct slab_class *const c = &s->classes[class];
    const tsize_t index = slab_index(c, zone, block);
    if (index == c->count || index > load32(zone + ZONE_UINDEX) ||
        load32(zone + ZONE_NFREE) >= c->count ||
        (may_be_listed(s, zone, block) && is_listed(c, zone, block)))
        return false;
    *place = (struct place){zone, class, c->chunk};
    return true;
}

static bool find_large(const struct slab *s, taddr_t block, tsize_t page, struct place *place)
{
    const tsize_t pages = slab_usage(s, page) >> USAGE_BITS;

    if (block != slab_page(s, page) || pages == 0 || pages > s->pages.count - page)
        return false;
    *place = (struct place){.size = pages << RT_PAGE_BITS};
    return true;
}

/* Where a live block lies; false, after a diagnosis, if it is none. */
static bool find_block(struct heap *h, const struct slab *s, taddr_t block, struct place *place)
{
    const tsize_t page = page_of(s, block);

    heap_step(h);
    if (page < s->pages.count) {
        const unsigned type = slab_usage(s, page) & USAGE_TYPES;

        if (type == USAGE_ZONE && find_chunk(s, block, page, place))
            return true;
        if (type == USAGE_LARGE && find_large(s, block, page, place))
            return true;
    }
    heap_bad_pointer(h, block);
    return false;
}

static void free_chunk(struct heap *h, const struct slab *s, taddr_t chunk,
                       const struct place *place)
{
    const taddr_t zone = place->zone;
    const taddr_t list = list_of(s, place->class);
    const taddr_t newest = load32(zone + ZONE_FREECHUNK);
    const tsize_t nfree = load32(zone + ZONE_NFREE) + 1;

    heap_step(h);
    store32(chunk, newest);
    store32(zone + ZONE_FREECHUNK, chunk);
    if (newest == 0)
        store32(zone + ZONE_TAIL, chunk);
    drop_used(s, place->size);
    store32(zone + ZONE_NFREE, nfree);
    if (nfree == 1) {
        store32(zone + ZONE_NEXT, load32(list));
        store32(list, zone);
    }
    if (nfree == s->classes[place->class].count &&
        (load32(list) != zone || load32(zone + ZONE_NEXT) != 0))
        close_zone(h, s, zone, place->class);
}

/* The page keeps its type, so that upstream can assert on a second free. */
static void free_large(struct heap *h, const struct slab *s, taddr_t block, tsize_t size)
{
    if (!rt_pages_give(h, &s->pages, block, size >> RT_PAGE_BITS))
        return;
    set_usage(s, page_of(s, block), usage_word(USAGE_LARGE, 0));
    drop_used(s, size);
}

static void release(struct heap *h, const struct slab *s, taddr_t block, const struct place *place)
{
    if (place->zone != 0)
        free_chunk(h, s, block, place);
    else
        free_large(h, s, block, place->size);
}

static void slab_free(struct heap *h, taddr_t block)
{
    const struct slab *const s = slab_of(h);
    struct place place;

    if (block != 0 && find_block(h, s, block, &place))
        release(h, s, block, &place);
}

/* --- realloc --- */

/* A chunk stays only if the size is of its class; a large block moves even to the same size. */
static taddr_t slab_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    const struct slab *const s = slab_of(h);
    struct place place;

    if (block == 0)
        return slab_alloc(h, size);
    if (size == 0) {
        slab_free(h, block);
        return 0;
    }
    if (!find_block(h, s, block, &place))
        return 0;
    if (place.zone != 0) {
        if (size < RT_SLAB_CHUNK_MOST)
            size = s->classes[class_of(size)].chunk;
        if (size == place.size)
            return block;
    }
    const taddr_t moved = slab_alloc(h, size);
    if (moved != 0) {
        heap_copy(h, moved, block, size < place.size ? size : place.size);
        release(h, s, block, &place);
    }
    return moved;
}

static tsize_t slab_usable_size(struct heap *h, taddr_t block)
{
    const struct slab *const s = slab_of(h);
    const tsize_t page = page_of(s, block);
    const uint32_t usage = slab_usage(s, page);

    if ((usage & USAGE_TYPES) == USAGE_LARGE)
        return usage >> USAGE_BITS << RT_PAGE_BITS;
    return load32(slab_page(s, page - (usage >> USAGE_BITS)) + ZONE_CHUNK);
}

/* --- pages for the program --- */

taddr_t rt_slab_page_alloc(struct heap *h, tsize_t pages, struct heap_call call)
{
    struct slab *const s = slab_of(h);

    KERNEL_ASSERT(h->ops == &heap_rt_slab);
    h->call = call;
    const taddr_t at = rt_pages_take(h, &s->pages, pages);
    if (at != 0)
        s->raw_pages += pages;
    return at;
}

void rt_slab_page_free(struct heap *h, taddr_t at, tsize_t pages, struct heap_call call)
{
    struct slab *const s = slab_of(h);

    KERNEL_ASSERT(h->ops == &heap_rt_slab);
    h->call = call;
    if (!rt_slab_are_raw(s, at, pages))
        heap_misuse(h, DIAGNOSIS_FOREIGN_POINTER, at, pages,
                    "these are not all pages that rt_page_alloc gave out, and are not free yet");
    else if (rt_pages_give(h, &s->pages, at, pages))
        s->raw_pages -= pages;
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
