/*
 * An input begins with: allocator (1 byte), regions (1), an option each (1), then for each region
 * its shift and scale (1), size (2) and algorithm (1, where there are several). An input of zeros
 * is the first allocator with its standard options.
 */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>

#include "../sim/arena.h"
#include "../sim/diagnose.h"
#include "../sim/sanitizers.h"
#include "../sim/spec.h"

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
enum {
    PLACES = 6,
    PLACE_SIZE = 0x42000,
    MARGIN = 256,
    SHIFT_MOST = 63,
    MARGIN_BYTE = 0xa5,
    POOL_MOST = 0x2000,
    TOO_MUCH = 1 << 30
};

struct heap subject;

static const struct heap_ops *only;
static bool place_taken[PLACES];
static struct heap_region places[PLACES]; /* the regions, also those that came later */

void subject_map(void)
{
    char why[ARENA_WHY_MAX];

    if (!arena_map("ram", RAM, (uint64_t)PLACES * PLACE_SIZE, why)) {
        fprintf(stderr, "%s\n", why);
        exit(EXIT_USAGE);
    }
    memset(target_pointer(RAM), 0, (size_t)PLACES * PLACE_SIZE);
    ASAN_POISON_MEMORY_REGION(target_pointer(RAM), (size_t)PLACES * PLACE_SIZE);
}

bool subject_only(const char *name)
{
    only = heap_allocator(name);
    return only != NULL;
}

/* --- allocator and options --- */

static uint32_t weigh(const char *name, uint32_t salt)
{
    uint32_t hash = 2166136261u ^ salt * 0x9e3779b9u;

    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    hash = (hash ^ hash >> 16) * 0x85ebca6bu;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
    return hash ^ hash >> 16;
}

/*
 * The allocator whose name weighs most with this byte: when others are added, nearly all inputs
 * keep theirs.
 */
static const struct heap_ops *choose_allocator(uint32_t byte)
{
    const struct heap_ops *best = heap_allocators[0];

    for (unsigned i = 1; heap_allocators[i] != NULL; i++)
        if (weigh(heap_allocators[i]->name, byte) > weigh(best->name, byte))
            best = heap_allocators[i];
    return only != NULL ? only : best;
}

static tsize_t choose_number(const struct heap_option *option, uint32_t byte)
{
    const tsize_t range = option->most - option->least;

    if (byte >= 0xf0)
        return option->most - (range < 0xff - byte ? 0 : 0xff - byte);
    if (range < 0xff)
        return option->least + byte % (range + 1);
    return option->least + (byte < 0x80 ? byte : byte * byte % range);
}

/* Standard for half of all bytes. */
static tsize_t choose_option(const struct heap_option *option, uint32_t byte)
{
    uint32_t count = 0;

    if (byte < 0x80)
        return option->standard;
    byte = (byte & 0x7f) << 1;
    switch (option->kind) {
    case HEAP_OPTION_NUMBER:
        return choose_number(option, byte);
    case HEAP_OPTION_POWER:
        while (count < 31 && option->least << count < option->most)
            count++;
        return option->least << (byte >> 1) % (count + 1);
    case HEAP_OPTION_FLAG:
        return byte >> 1 & 1;
    case HEAP_OPTION_WORD:
        while (option->words[count] != NULL)
            count++;
        return (byte >> 1) % count;
    case HEAP_OPTION_VERSION:
        return option->least + (option->most - option->least) / 0xfe * byte;
    }
    return option->standard;
}

static struct heap_config choose_config(struct input *in)
{
    struct heap_config config;

    heap_config_standard(&config, choose_allocator(input_byte(in)));
    return config;
}

static void choose_options(struct heap_config *config, struct input *in)
{
    const struct heap_option *const options = config->ops->options;

    for (unsigned i = 0; options[i].key != NULL; i++)
        config->option[i] = choose_option(&options[i], input_byte(in));
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

/* Opens a place for one region and reads where in it the region lies. */
static struct heap_region place_region(unsigned place, const struct heap_ops *ops, struct input *in)
{
    const taddr_t base = RAM + place * PLACE_SIZE;
    struct heap_region region;
    unsigned algorithms = 0;

    const uint32_t shift = input_byte(in);
    region.begin = base + MARGIN + (shift & SHIFT_MOST);
    region.size = input_half(in) << (shift >> 7) * 2;
    if (ops->capabilities & HEAP_FIXED_BLOCKS)
        region.size %= POOL_MOST; /* else they are mostly walks over tens of thousands of blocks */
    while (ops->algorithms != NULL && ops->algorithms[algorithms] != NULL)
        algorithms++;
    region.algorithm = algorithms > 1 ? input_byte(in) % algorithms : 0;
    place_taken[place] = true;
    places[place] = region;
    ASAN_UNPOISON_MEMORY_REGION(target_pointer(base), (size_t)PLACE_SIZE);
    margins(&region, mark);
    /* What shares eight bytes with the region's start stays allowed: it is for the margin byte. */
    ASAN_POISON_MEMORY_REGION(target_pointer(base), region.begin - base);
    ASAN_POISON_MEMORY_REGION(target_pointer(region.begin + region.size),
                              base + PLACE_SIZE - (region.begin + region.size));
    return region;
}

static void close_places(void)
{
    for (unsigned place = 0; place < PLACES; place++) {
        const struct heap_region *const region = &places[place];

        if (!place_taken[place])
            continue;
        ASAN_UNPOISON_MEMORY_REGION(target_pointer(RAM + place * PLACE_SIZE), (size_t)PLACE_SIZE);
        margins(region, examine);
        margins(region, unmark);
        memset(target_pointer(region->begin), 0, region->size);
        ASAN_POISON_MEMORY_REGION(target_pointer(RAM + place * PLACE_SIZE), (size_t)PLACE_SIZE);
        place_taken[place] = false;
    }
}

/* --- life --- */

bool subject_begin(struct input *in)
{
    damage = NULL;
    struct heap_config config = choose_config(in);
    struct heap_region regions[PLACES];
    const uint32_t layout = input_byte(in);
    const bool several = config.ops->capabilities & HEAP_HAS_REGIONS;
    const unsigned count = several ? 1 + (layout & 3) : 1;

    choose_options(&config, in);
    for (unsigned i = 0; i < count; i++) {
        const unsigned place = layout & 4 ? count - 1 - i : i; /* downwards too */

        regions[i] = place_region(place, config.ops, in);
    }
    if (heap_init(&subject, &config, "fuzz", regions, count, 0, HEAP_CALL("fuzz")) == NULL) {
        /* FreeRTOS lays out some heaps in the first alloc, also in one that fails. */
        if (heap_alloc(&subject, TOO_MUCH, HEAP_CALL("fuzz")) == 0)
            return true;
        damage = "1 GiB was allocated";
        return true;
    }
    close_places();
    return false;
}

void subject_print(void)
{
    const struct heap_option *const options = subject.ops->options;
    char value[24];

    fprintf(stderr, "  --heap %s", subject.ops->name);
    for (unsigned i = 0; options[i].key != NULL; i++) {
        spec_format_value(&options[i], subject.config.option[i], value, sizeof value);
        fprintf(stderr, "%c%s=%s", i == 0 ? ':' : ',', options[i].key, value);
    }
    for (unsigned i = 0; i < subject.region_count; i++)
        fprintf(stderr, " --region r%u=0x%x:%u", i, subject.regions[i].begin,
                subject.regions[i].size);
    fprintf(stderr, "\n");
}

void subject_add_region(struct input *in)
{
    unsigned place = 0;

    while (place < PLACES && place_taken[place])
        place++;
    if (place == PLACES || subject.ops->add_region == NULL)
        return;
    const struct heap_region region = place_region(place, subject.ops, in);
    (void)heap_add_region(&subject, &region, HEAP_CALL("fuzz"));
}

const char *subject_end(void)
{
    heap_detach(&subject);
    close_places();
    return damage;
}

struct model_rules subject_rules(void)
{
    return model_rules_of(&subject);
}
