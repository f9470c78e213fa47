/*
 * Whether a slab heap is whole, and what lies in it: see rt_slab.h for the layout.
 *
 * Both go through the pages once, span by span, with the list of free runs beside them: memusage,
 * then in any order zones, large blocks, free runs, and pages that are none of these, which only
 * rt_page_alloc gives out.
 */
#include "rt_common.h"
#include "rt_slab.h"

enum span_kind { SPAN_TABLE, SPAN_ZONE, SPAN_LARGE, SPAN_FREE, SPAN_RAW };

struct span {
    enum span_kind kind;
    tsize_t page, pages;
    taddr_t run; /* the first free run at or behind the span's end; 0: none */
};

/* The first run that can be relied on, at or above `floor`. */
static taddr_t sound_run(const struct slab *s, taddr_t run, taddr_t floor)
{
    return run != 0 && rt_pages_is_run(&s->pages, run, floor) ? run : 0;
}

static struct span first_span(const struct slab *s)
{
    const tsize_t pages = slab_table_pages(s);

    return (struct span){.kind = SPAN_TABLE,
                         .pages = pages,
                         .run = sound_run(s, rt_pages_first(&s->pages), slab_page(s, pages))};
}

/* The span behind this one; false at the end. Follows memusage up to the next free run only. */
static bool next_span(const struct slab *s, struct span *span)
{
    const tsize_t page = span->page + span->pages;

    if (page == s->pages.count)
        return false;
    const uint32_t usage = slab_usage(s, page);
    const tsize_t value = usage >> USAGE_BITS;
    const taddr_t at = slab_page(s, page);
    const taddr_t limit = span->run != 0 ? span->run : s->start + s->limit;
    const tsize_t left = (limit - at) >> RT_PAGE_BITS;

    *span = (struct span){.kind = SPAN_RAW, .page = page, .pages = 1, .run = span->run};
    if (span->run == at) {
        span->kind = SPAN_FREE;
        span->pages = rt_pages_length(at);
        span->run = sound_run(s, rt_pages_next(at), at + 1);
    } else if (usage == usage_word(USAGE_ZONE, 0) && left >= s->zone_pages) {
        span->kind = SPAN_ZONE;
        span->pages = s->zone_pages;
    } else if ((usage & USAGE_TYPES) == USAGE_LARGE && value > 0 && value <= left) {
        span->kind = SPAN_LARGE;
        span->pages = value;
    }
    return true;
}

bool rt_slab_are_raw(const struct slab *s, taddr_t at, tsize_t pages)
{
    const tsize_t first = (at - s->start) >> RT_PAGE_BITS;
    struct span span = first_span(s);
    tsize_t raw = 0;

    while (next_span(s, &span))
        raw += span.kind == SPAN_RAW && span.page - first < pages;
    return is_aligned(at, RT_PAGE_SIZE) && raw == pages && pages > 0;
}

/* --- the chunks of a zone --- */

enum { MAP_WORDS = RT_SLAB_ZONE_MOST / RT_SLAB_CHUNK_LEAST / 32 };

/* A bit a chunk: set if it is free. */
struct zone_map {
    uint32_t word[MAP_WORDS];
};

static bool is_set(const struct zone_map *map, tsize_t index)
{
    return map->word[index / 32] >> index % 32 & 1;
}

/* Fills the map in; false at the first fault of the zone's list. */
static bool map_zone(const struct slab_class *c, taddr_t zone, struct zone_map *map,
                     struct heap_fault *fault)
{
    const tsize_t uindex = load32(zone + ZONE_UINDEX);
    taddr_t link = zone + ZONE_FREECHUNK;
    tsize_t listed = 0;

    memset(map, 0, sizeof *map);
    if (uindex >= c->count)
        return heap_faulty(fault, zone + ZONE_UINDEX, uindex, c->count - 1,
                           "more chunks were given out than the zone has");
    for (taddr_t chunk = load32(link); chunk != 0; link = chunk, chunk = load32(link)) {
        const tsize_t index = slab_index(c, zone, chunk);

        if (index > uindex || is_set(map, index))
            return heap_faulty(fault, link, chunk, zone + c->first,
                               "a free chunk's link leads to no other free chunk of its zone");
        map->word[index / 32] |= 1u << index % 32;
        listed++;
    }
    if (listed > 0 && load32(zone + ZONE_TAIL) != link)
        return heap_faulty(fault, zone + ZONE_TAIL, load32(zone + ZONE_TAIL), link,
                           "the zone's last free chunk is another one");
    for (tsize_t index = uindex + 1; index < c->count; index++)
        map->word[index / 32] |= 1u << index % 32;
    if (load32(zone + ZONE_NFREE) != listed + (c->count - 1 - uindex))
        return heap_faulty(fault, zone + ZONE_NFREE, load32(zone + ZONE_NFREE),
                           listed + (c->count - 1 - uindex),
                           "nfree does not count the free chunks");
    return true;
}

/* --- check --- */

struct tally {
    tsize_t used;                    /* bytes */
    tsize_t raw_pages;               /* pages */
    tsize_t cached;                  /* zones of zone_free */
    tsize_t listed[RT_SLAB_CLASSES]; /* zones with free chunks */
};

static bool check_control(struct heap *h, const struct slab *s, struct heap_fault *fault)
{
    const struct {
        unsigned offset;
        uint32_t expected;
    } fixed[] = {{CONTROL_ALGORITHM, s->algorithm},  {CONTROL_ADDRESS, s->start},
                 {CONTROL_TOTAL, s->limit},          {CONTROL_START, s->start},
                 {CONTROL_END, s->start + s->limit}, {CONTROL_MEMUSAGE, s->memusage},
                 {CONTROL_ZONE_SIZE, s->zone_size},  {CONTROL_ZONE_LIMIT, s->zone_limit},
                 {CONTROL_ZONE_PAGES, s->zone_pages}};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (slab_field(s, fixed[i].offset) != fixed[i].expected)
            return heap_faulty(fault, s->control + fixed[i].offset, slab_field(s, fixed[i].offset),
                               fixed[i].expected, "the control block was overwritten");
    return rt_object_check(h->object, heap_option(h, "name_max"), h->name,
                           RT_OBJECT_CLASS_MEMORY | RT_OBJECT_STATIC, fault);
}

/* What memusage may say of a span's pages: 0 and what a large block leaves behind mean nothing. */
static bool check_usage(const struct slab *s, const struct span *span, struct heap_fault *fault)
{
    for (tsize_t i = 0; i < span->pages; i++) {
        const tsize_t page = span->page + i;
        const uint32_t usage = slab_usage(s, page);
        uint32_t expected = usage_word(USAGE_FREE, 0);

        if (span->kind == SPAN_ZONE)
            expected = usage_word(USAGE_ZONE, i);
        else if (span->kind == SPAN_LARGE && i == 0)
            expected = usage_word(USAGE_LARGE, span->pages);
        else if (usage == usage_word(USAGE_LARGE, 0))
            expected = usage;
        if (usage != expected)
            return heap_faulty(fault, s->memusage + 4 * page, usage, expected,
                               "memusage does not say what lies in that page");
    }
    return true;
}

static bool check_zone(const struct slab *s, taddr_t zone, struct tally *tally,
                       struct heap_fault *fault)
{
    const tsize_t class = load32(zone + ZONE_CLASS);
    struct zone_map map;

    if (load32(zone + ZONE_MAGIC) == RT_ZONE_CACHED) {
        tally->cached++;
        return true;
    }
    if (load32(zone + ZONE_MAGIC) != RT_ZONE_MAGIC)
        return heap_faulty(fault, zone + ZONE_MAGIC, load32(zone + ZONE_MAGIC), RT_ZONE_MAGIC,
                           "the zone's magic was overwritten");
    if (class >= RT_SLAB_CLASSES)
        return heap_faulty(fault, zone + ZONE_CLASS, class, RT_SLAB_CLASSES - 1,
                           "the zone is of no size class");
    const struct slab_class *const c = &s->classes[class];
    const struct {
        unsigned offset;
        uint32_t expected;
    } fixed[] = {{ZONE_CHUNK, c->chunk}, {ZONE_NMAX, c->count}, {ZONE_BASE, zone + c->first}};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (load32(zone + fixed[i].offset) != fixed[i].expected)
            return heap_faulty(fault, zone + fixed[i].offset, load32(zone + fixed[i].offset),
                               fixed[i].expected, "the zone's header was overwritten");
    if (!map_zone(c, zone, &map, fault))
        return false;
    const tsize_t nfree = load32(zone + ZONE_NFREE);
    if (nfree == 0 && load32(zone + ZONE_NEXT) != 0)
        return heap_faulty(fault, zone + ZONE_NEXT, load32(zone + ZONE_NEXT), 0,
                           "a zone without free chunks is in a list");
    tally->used += (c->count - nfree) * c->chunk;
    tally->listed[class] += nfree > 0;
    return true;
}

static bool check_spans(const struct slab *s, struct tally *tally, struct heap_fault *fault)
{
    struct span span = first_span(s);

    do {
        if (!check_usage(s, &span, fault))
            return false;
        if (span.kind == SPAN_ZONE && !check_zone(s, slab_page(s, span.page), tally, fault))
            return false;
        if (span.kind == SPAN_LARGE)
            tally->used += span.pages << RT_PAGE_BITS;
        if (span.kind == SPAN_RAW)
            tally->raw_pages++;
    } while (next_span(s, &span));
    return true;
}

/* A list that holds `count` zones: of a class, with free chunks, or of zone_free. */
static bool check_list(const struct slab *s, taddr_t head, tsize_t class, tsize_t count,
                       struct heap_fault *fault)
{
    taddr_t link = head;
    tsize_t listed = 0;

    for (taddr_t zone = load32(link); zone != 0; zone = load32(link)) {
        const bool belongs = class == RT_SLAB_CLASSES
                                 ? slab_is_cached(s, zone)
                                 : slab_is_zone(s, zone, class) && is_aligned(zone, RT_PAGE_SIZE) &&
                                       slab_usage(s, (zone - s->start) >> RT_PAGE_BITS) ==
                                           usage_word(USAGE_ZONE, 0) &&
                                       load32(zone + ZONE_NFREE) > 0;
        if (!belongs || ++listed > count)
            return heap_faulty(fault, link, zone, head,
                               "a list of zones leads to none that belongs there");
        link = zone + ZONE_NEXT;
    }
    if (listed != count)
        return heap_faulty(fault, head, listed, count, "a list of zones lacks one");
    return true;
}

static bool check_lists(const struct slab *s, const struct tally *tally, struct heap_fault *fault)
{
    for (tsize_t class = 0; class < RT_SLAB_CLASSES; class ++)
        if (!check_list(s, s->control + CONTROL_ZONES + 4 * class, class, tally->listed[class],
                        fault))
            return false;
    return check_list(s, s->control + CONTROL_ZONE_FREE, RT_SLAB_CLASSES, tally->cached, fault);
}

static bool check_totals(const struct slab *s, const struct tally *tally, struct heap_fault *fault)
{
    const uint32_t cached = slab_field(s, CONTROL_ZONE_FREE_COUNT);
    const uint32_t used = slab_field(s, CONTROL_USED);
    const uint32_t most = slab_field(s, CONTROL_MAX);

    if (cached != tally->cached || cached > RT_SLAB_CACHED_MAX)
        return heap_faulty(fault, s->control + CONTROL_ZONE_FREE_COUNT, cached, tally->cached,
                           "zone_free_cnt does not count the cached zones");
    if (tally->raw_pages != s->raw_pages)
        return heap_faulty(fault, s->control + CONTROL_PAGE_LIST, tally->raw_pages, s->raw_pages,
                           "pages are neither in use nor in the page list");
    if (used != tally->used)
        return heap_faulty(fault, s->control + CONTROL_USED, used, tally->used,
                           "used is not the sum of the live chunks and large blocks");
    if (most < used || most > s->limit)
        return heap_faulty(fault, s->control + CONTROL_MAX, most, used,
                           "the maximum is below what is used now, or above the size");
    return true;
}

bool rt_slab_check(struct heap *h, struct heap_fault *fault)
{
    const struct slab *const s = slab_of(h);
    struct tally tally = {.used = 0};

    return check_control(h, s, fault) && rt_pages_check(&s->pages, fault) &&
           check_spans(s, &tally, fault) && check_lists(s, &tally, fault) &&
           check_totals(s, &tally, fault);
}

/* --- walk --- */

static bool visit_zone(const struct slab *s, taddr_t zone, heap_visit *visit, void *context)
{
    const tsize_t class = load32(zone + ZONE_CLASS);
    struct heap_fault fault;
    struct zone_map map;

    if (class >= RT_SLAB_CLASSES)
        return true;
    const struct slab_class *const c = &s->classes[class];
    map_zone(c, zone, &map, &fault);
    for (tsize_t index = 0; index < c->count; index++) {
        const taddr_t chunk = zone + c->first + index * c->chunk;
        const struct heap_block block = {.header = chunk,
                                         .size = c->chunk,
                                         .payload = chunk,
                                         .usable = c->chunk,
                                         .used = !is_set(&map, index)};

        if (!visit(context, &block))
            return false;
    }
    return true;
}

/* Pages in one piece; a cached zone serves requests up to zone_limit only. */
static bool visit_pages(const struct slab *s, const struct span *span, heap_visit *visit,
                        void *context)
{
    const taddr_t at = slab_page(s, span->page);
    const tsize_t bytes = span->pages << RT_PAGE_BITS;
    const struct heap_block block = {.header = at,
                                     .size = bytes,
                                     .payload = at,
                                     .usable = span->kind == SPAN_ZONE ? s->zone_limit : bytes,
                                     .used = span->kind == SPAN_LARGE};

    return visit(context, &block);
}

/* The program's own pages are no blocks. */
void rt_slab_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct slab *const s = slab_of(h);
    struct span span = first_span(s);
    bool more = true;

    while (more && next_span(s, &span)) {
        const taddr_t at = slab_page(s, span.page);

        if (span.kind == SPAN_ZONE && load32(at + ZONE_MAGIC) == RT_ZONE_MAGIC)
            more = visit_zone(s, at, visit, context);
        else if (span.kind != SPAN_RAW)
            more = visit_pages(s, &span, visit, context);
    }
}
