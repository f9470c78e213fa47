/*
 * The heap that a program's header asks for. A header of zeros is the first allocator with its
 * standard options and one region of no size.
 */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>

#include "../sim/arena.h"
#include "../sim/diagnose.h"
#include "../sim/sanitizers.h"
#include "../sim/spec.h"
#include "layout.h"

#if WITH_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, size)   ((void)(begin), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) ((void)(begin), (void)(size))
#endif

/* 32-bit AddressSanitizer has its shadow at the usual address. */
#if WITH_ASAN && UINTPTR_MAX == UINT32_MAX
enum { RAM = 0x60000000 };
#else
enum { RAM = 0x20000000 };
#endif

/*
 * Each region lies somewhere in a place of its own:
 *
 *   place | margin | shift 0..63 | region, up to 256 KiB | margin ... |
 *
 * Margins hold a known byte, and AddressSanitizer forbids them.
 */
enum { PLACE_SIZE = 0x42000, MARGIN = 256, MARGIN_BYTE = 0xa5, TOO_MUCH = 1 << 30 };

struct subject subjects[SUBJECTS];

static taddr_t base_of(const struct subject *s, unsigned place)
{
    return (taddr_t)(RAM + ((unsigned)(s - subjects) * SUBJECT_PLACES + place) * PLACE_SIZE);
}

void subject_map(unsigned count)
{
    const size_t size = (size_t)count * SUBJECT_PLACES * PLACE_SIZE;
    char why[ARENA_WHY_MAX];

    if (!arena_map("ram", RAM, size, why)) {
        fprintf(stderr, "%s\n", why);
        exit(EXIT_USAGE);
    }
    ASAN_POISON_MEMORY_REGION(target_pointer(RAM), size);
}

/* --- regions --- */

static void margins(const struct heap_region *region, void (*act)(taddr_t begin, tsize_t size))
{
    act(region->begin - MARGIN, MARGIN);
    act(region->begin + region->size, MARGIN);
}

static void mark(taddr_t begin, tsize_t size)
{
    memset(target_pointer(begin), MARGIN_BYTE, size);
}

static const char *damage;

static void examine(taddr_t begin, tsize_t size)
{
    static char text[80];
    const unsigned char *const bytes = target_pointer(begin);

    for (tsize_t i = 0; i < size; i++) {
        if (bytes[i] != MARGIN_BYTE) {
            snprintf(text, sizeof text, "the byte at 0x%x, outside the heap's regions, was written",
                     begin + i);
            damage = text;
        }
    }
}

static void unmark(taddr_t begin, tsize_t size)
{
    memset(target_pointer(begin), 0, size);
}

/* Opens a place for one region, which lies in it as the numbers say. */
static struct heap_region place_region(struct subject *s, unsigned place,
                                       const struct heap_ops *ops, const uint32_t *numbers)
{
    const taddr_t base = base_of(s, place);
    const struct heap_region region = layout_region(ops, base + MARGIN, numbers);

    s->place_taken[place] = true;
    s->places[place] = region;
    ASAN_UNPOISON_MEMORY_REGION(target_pointer(base), (size_t)PLACE_SIZE);
    margins(&region, mark);
    /* What shares eight bytes with the region's start stays allowed: it is for the margin byte. */
    ASAN_POISON_MEMORY_REGION(target_pointer(base), region.begin - base);
    ASAN_POISON_MEMORY_REGION(target_pointer(region.begin + region.size),
                              base + PLACE_SIZE - (region.begin + region.size));
    return region;
}

static void close_places(struct subject *s)
{
    for (unsigned place = 0; place < SUBJECT_PLACES; place++) {
        const struct heap_region *const region = &s->places[place];
        void *const begin = target_pointer(base_of(s, place));

        if (!s->place_taken[place])
            continue;
        ASAN_UNPOISON_MEMORY_REGION(begin, (size_t)PLACE_SIZE);
        margins(region, examine);
        margins(region, unmark);
        memset(target_pointer(region->begin), 0, region->size);
        ASAN_POISON_MEMORY_REGION(begin, (size_t)PLACE_SIZE);
        s->place_taken[place] = false;
    }
}

/* --- life --- */

bool subject_begin(struct subject *s, const struct heap_ops *ops, const uint32_t *header)
{
    struct heap_region regions[SUBJECT_PLACES];
    struct heap_config config;
    const unsigned count = layout_regions(ops, header);

    layout_options(&config, ops, header);
    for (unsigned i = 0; i < count; i++)
        regions[i] = place_region(s, layout_place(header, i, count), ops,
                                  &header[LAYOUT_REGIONS + LAYOUT_REGION_NUMBERS * i]);
    if (heap_init(&s->heap, &config, "fuzz", regions, count, 0, HEAP_CALL("fuzz")) == NULL) {
        /* FreeRTOS lays out some heaps in the first alloc, also in one that fails. */
        if (heap_alloc(&s->heap, TOO_MUCH, HEAP_CALL("fuzz")) == 0)
            return true;
        damage = "1 GiB was allocated";
        return true;
    }
    close_places(s);
    return false;
}

void subject_print(const struct subject *s)
{
    const struct heap *const heap = &s->heap;
    const struct heap_option *const options = heap->ops->options;
    char value[24];

    fprintf(stderr, "  --heap %s", heap->ops->name);
    for (unsigned i = 0; options[i].key != NULL; i++) {
        spec_format_value(&options[i], heap->config.option[i], value, sizeof value);
        fprintf(stderr, "%c%s=%s", i == 0 ? ':' : ',', options[i].key, value);
    }
    for (unsigned i = 0; i < heap->region_count; i++)
        fprintf(stderr, " --region r%u=0x%x:%u", i, heap->regions[i].begin, heap->regions[i].size);
    fprintf(stderr, "\n");
}

void subject_add_region(struct subject *s, const uint32_t *numbers)
{
    unsigned place = 0;

    while (place < SUBJECT_PLACES && s->place_taken[place])
        place++;
    if (place == SUBJECT_PLACES || s->heap.ops->add_region == NULL)
        return;
    const struct heap_region region = place_region(s, place, s->heap.ops, numbers);
    (void)heap_add_region(&s->heap, &region, HEAP_CALL("fuzz"));
}

const char *subject_end(struct subject *s)
{
    const char *found;

    heap_detach(&s->heap);
    close_places(s);
    found = damage;
    damage = NULL;
    return found;
}
