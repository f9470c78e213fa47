/* What the model has to know of each allocator: model.h. */
#include <string.h>

#include "../../kernel/heap/bits.h"
#include "model.h"

static bool note_header(void *context, const struct heap_block *block)
{
    if (!block->used)
        *(tsize_t *)context = block->payload - block->header;
    return true;
}

/*
 * memheap's blocks are as aligned as its regions, of which only the system heap's first is aligned;
 * before 5.0 to 4 at most.
 */
static tsize_t memheap_align(const struct heap *heap, tsize_t align)
{
    uint32_t begins = align;

    for (unsigned i = 0; i < heap->region_count; i++)
        if (i > 0 || !heap_option(heap, "front"))
            begins |= heap->regions[i].begin;
    if (heap_option(heap, "release") < HEAP_VERSION(5, 0, 0))
        begins |= 4;
    return begins & (0u - begins);
}

static tsize_t header_of(struct heap *heap)
{
    tsize_t header = 0;

    heap->ops->walk(heap, note_header, &header);
    return header;
}

/* Sizes are multiples of the alignment; a rest that holds a header and `least` is split off. */
static void set_items(struct model_rules *rules, struct heap *heap, tsize_t align, tsize_t least)
{
    rules->least = align_up(least, align);
    rules->unit = align;
    rules->waste = WASTE_REST;
    rules->rest = header_of(heap) + rules->least - 1;
}

static void set_rtthread(struct model_rules *rules, struct heap *heap)
{
    const char *const name = heap->ops->name;

    if (strcmp(name, "rt-small-mem") == 0) {
        set_items(rules, heap, rules->align, 12);
        rules->exact_fit = true;
        rules->choice = CHOICE_LOWEST;
    } else if (strcmp(name, "rt-slab") == 0) {
        rules->align = 8; /* whatever is asked for */
        rules->waste = WASTE_CLASSES;
    } else if (strcmp(name, "rt-memheap") == 0) {
        set_items(rules, heap, rules->align, 12);
        rules->align = memheap_align(heap, rules->align);
        rules->free_overhead = header_of(heap); /* counted as used */
        rules->free_least =
            heap_option(heap, "release") < HEAP_VERSION(5, 0, 0) ? 12 : rules->least;
        rules->rest_kept = 1;
    }
}

/* Some releases round otherwise: of those no more is known than that blocks are aligned. */
static void set_freertos(struct model_rules *rules, struct heap *heap)
{
    const char *const name = heap->ops->name;

    rules->elsewhere = strcmp(name, "freertos-heap-3") == 0;
    if (rules->elsewhere)
        return;
    rules->unit = rules->align;
    if (strcmp(name, "freertos-heap-1") == 0) {
        rules->waste = WASTE_REST;
        rules->exact_fit = true;
    } else if (heap_option(heap, "release") >= HEAP_VERSION(10, 6, 3)) {
        rules->waste = WASTE_REST;
        rules->rest = 2 * align_up(8, rules->align);
        rules->exact_fit = true;
        rules->choice = strcmp(name, "freertos-heap-2") == 0 ? CHOICE_SMALLEST : CHOICE_LOWEST;
    }
}

static void set_oneos(struct model_rules *rules, struct heap *heap)
{
    const char *const name = heap->ops->name;

    rules->own_maxima = heap->region_count > 1;
    if (strncmp(name, "oneos-small", 11) == 0)
        set_items(rules, heap, rules->align, 12);
    if (heap->region_count > 1) /* whose headers can differ */
        return;
    rules->header = header_of(heap);
    if (strncmp(name, "oneos-first-fit", 15) == 0) {
        rules->waste = WASTE_REST;
        rules->unit = 8;
    } else if (strcmp(name, "oneos-buddy") == 0) {
        rules->waste = WASTE_POWER;
        rules->exact_fit = true;
    } else {
        rules->header = 0;
    }
}

static void set_tlsf(struct model_rules *rules, struct heap *heap)
{
    set_items(rules, heap, 4, 12);
    rules->rest = 15;
    rules->free_least = 12;
}

struct model_rules model_rules_of(struct heap *heap)
{
    const char *const name = heap->ops->name;
    const int align = heap_option_index(heap->ops, "align");
    struct model_rules rules = {.align = 4, .zero_size_frees = true};

    if (align >= 0)
        rules.align = heap->config.option[align];
    if (heap->ops->capabilities & HEAP_FIXED_BLOCKS)
        rules.align = 1; /* as aligned as the region */
    else if (strncmp(name, "rt-", 3) == 0)
        set_rtthread(&rules, heap);
    else if (strncmp(name, "freertos-", 9) == 0)
        set_freertos(&rules, heap);
    else if (strncmp(name, "oneos-", 6) == 0)
        set_oneos(&rules, heap);
    else if (strcmp(name, "tlsf") == 0)
        set_tlsf(&rules, heap);
    return rules;
}

/* --- what follows from them --- */

tsize_t model_needed(const struct model_rules *rules, tsize_t size)
{
    const tsize_t raised = size < rules->least ? rules->least : size;
    const tsize_t unit = rules->unit != 0 ? rules->unit : rules->align;

    return align_up(raised + rules->header, unit) - rules->header;
}

/* Steps of an eighth of the power of two below; from 8 KiB on, at the latest from 16, pages. */
static tsize_t most_in_classes(tsize_t size)
{
    const tsize_t step = size <= 128 ? 8 : 1u << (bit_highest(size - 1) - 3);
    const tsize_t chunk = align_up(size, step);
    const tsize_t pages = align_up(size, 4096);

    return size < 8192 || chunk > pages ? chunk : pages;
}

tsize_t model_most_usable(const struct model_rules *rules, tsize_t size)
{
    const tsize_t last = size + rules->header - 1;

    switch (rules->waste) {
    case WASTE_REST:
        return model_needed(rules, size) + rules->rest;
    case WASTE_POWER:
        return (2u << bit_highest(last | 15)) - rules->header;
    case WASTE_CLASSES:
        return most_in_classes(size);
    case WASTE_ANY:
        break;
    }
    return UINT32_MAX;
}
