/*
 * The heap targets' yardstick: allocator and oracle (tests/unit/model.h) alone. The same programs,
 * but what lies between is not heapsim: no heap.c, no events, no ledger, no diagnoses, nobody who
 * watches the memory around the regions. bench/fuzz.sh compares the two. (FreeRTOS's heap_3 has no
 * bare form: it is the C library's heap, which sim/ brings to the board.)
 *
 * So this file has in small what allocators and model want of heap.c, and what heap_verbs.c wants
 * of subject.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "../sim/diagnose.h"
#include "fail.h"
#include "heap_verbs.h"

enum { RAM = 0x20000000, PLACE_SIZE = 0x41000, TOO_MUCH = 1 << 30 };

/* --- in place of heap.c --- */

static unsigned misuses;

extern const struct heap_ops HEAPSIM_FUZZ_OPS;

const struct heap_ops *heap_allocator(const char *name)
{
    (void)name;
    return &HEAPSIM_FUZZ_OPS;
}

unsigned diagnose_count(enum diagnosis_kind kind)
{
    return kind == DIAGNOSIS_KINDS ? misuses : 0;
}

void heap_config_standard(struct heap_config *config, const struct heap_ops *ops)
{
    *config = (struct heap_config){.ops = ops};
    for (unsigned i = 0; ops->options[i].key != NULL; i++)
        config->option[i] = ops->options[i].standard;
}

int heap_option_index(const struct heap_ops *ops, const char *key)
{
    int index = 0;

    while (ops->options[index].key != NULL && strcmp(ops->options[index].key, key) != 0)
        index++;
    return ops->options[index].key != NULL ? index : -1;
}

tsize_t heap_option(const struct heap *h, const char *key)
{
    return h->config.option[heap_option_index(h->ops, key)];
}

void heap_point(struct heap *h)
{
    (void)h;
}

void heap_points(struct heap *h, uint32_t count)
{
    h->cost.steps += count;
}

taddr_t heap_points_passed(struct heap *h, uint32_t count, taddr_t block)
{
    h->cost.steps += count;
    return block;
}

void heap_copy(struct heap *h, taddr_t to, taddr_t from, tsize_t size)
{
    memmove(target_pointer(to), target_pointer(from), size);
    h->cost.moved += size;
}

void heap_clear(struct heap *h, taddr_t at, tsize_t size)
{
    memset(target_pointer(at), 0, size);
    h->cost.moved += size;
}

taddr_t heap_link_before(taddr_t block)
{
    return load32(block - 4);
}

bool heap_contains(const struct heap *h, taddr_t address, tsize_t size)
{
    for (unsigned i = 0; i < h->region_count; i++)
        if (size <= h->regions[i].size &&
            address - h->regions[i].begin <= h->regions[i].size - size)
            return true;
    return false;
}

static bool note_largest(void *context, const struct heap_block *block)
{
    tsize_t *const largest = context;

    if (!block->used && block->usable > *largest)
        *largest = block->usable;
    return true;
}

tsize_t heap_largest_free(struct heap *h)
{
    tsize_t largest = 0;

    h->ops->walk(h, note_largest, &largest);
    return largest;
}

taddr_t heap_alloc_cleared(struct heap *h, tsize_t count, tsize_t size, struct heap_call call)
{
    heap_begin(h, call);
    return h->ops->alloc_cleared(h, count, size);
}

taddr_t heap_alloc_aligned(struct heap *h, tsize_t size, tsize_t align, struct heap_call call)
{
    heap_begin(h, call);
    return h->ops->alloc_aligned(h, size, align);
}

taddr_t heap_realloc(struct heap *h, taddr_t block, tsize_t size, struct heap_call call)
{
    heap_begin(h, call);
    return h->ops->realloc(h, block, size);
}

void heap_free_aligned(struct heap *h, taddr_t block, struct heap_call call)
{
    heap_begin(h, call);
    (h->ops->free_aligned != NULL ? h->ops->free_aligned : h->ops->free)(h, block);
}

const char *heap_remove_region(struct heap *h, taddr_t begin, struct heap_call call)
{
    unsigned index = 0;
    const char *refusal;

    (void)call;
    while (h->regions[index].begin != begin)
        index++;
    refusal = h->ops->remove_region(h, begin);
    if (refusal == NULL) {
        h->region_count--;
        for (; index < h->region_count; index++)
            h->regions[index] = h->regions[index + 1];
    }
    return refusal;
}

void heap_report_events(struct heap *h, bool events)
{
    (void)h, (void)events;
}

taddr_t heap_alloc_cleared_wrapping(struct heap *h, tsize_t count, tsize_t size, tsize_t most)
{
    if ((uint64_t)count * size > most) {
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, count * size, "");
        return 0;
    }
    const taddr_t block = h->ops->alloc(h, count * size);
    if (block != 0)
        heap_clear(h, block, count * size);
    return block;
}

void heap_misuse(struct heap *h, enum diagnosis_kind kind, taddr_t address, tsize_t size,
                 const char *text)
{
    (void)kind, (void)address, (void)size, (void)text;
    h->refused = true;
    misuses++;
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

void heap_bad_pointer(struct heap *h, taddr_t pointer)
{
    heap_misuse(h, DIAGNOSIS_FOREIGN_POINTER, pointer, 0, "");
}

void heap_note(struct heap *h, enum heap_event_kind kind, taddr_t at, tsize_t size)
{
    (void)h, (void)kind, (void)at, (void)size;
}

bool heap_faulty(struct heap_fault *fault, taddr_t address, uint32_t found, uint32_t expected,
                 const char *text)
{
    *fault = (struct heap_fault){address, found, expected, text};
    return false;
}

uint32_t heap_owner_word(char padding)
{
    (void)padding;
    return 0x454e4f4e; /* NONE */
}

taddr_t heap_owner_task(void)
{
    return 0;
}

_Noreturn void port_panic(const char *file, int line, const char *condition)
{
    (void)file, (void)line;
    fail(condition);
}

/* --- in place of kernel.c and sim/ --- */

struct kernel kernel;

void diagnose_set_policy(enum violation_policy policy)
{
    (void)policy;
}

/* --- in place of subject.c --- */

struct subject subjects[SUBJECTS];

void subject_map(unsigned count)
{
    if (mmap(target_pointer(RAM), (size_t)count * SUBJECT_PLACES * PLACE_SIZE,
             PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
             0) == MAP_FAILED) {
        perror("bare: the RAM can't be mapped");
        exit(EXIT_USAGE);
    }
}

static struct heap_region take_place(struct subject *s, unsigned place, const uint32_t *numbers)
{
    s->place_taken[place] = true;
    s->places[place] =
        layout_region(s->heap.config.ops, (taddr_t)(RAM + place * PLACE_SIZE), numbers);
    return s->places[place];
}

static void clear_places(struct subject *s)
{
    for (unsigned place = 0; place < SUBJECT_PLACES; place++)
        if (s->place_taken[place])
            memset(target_pointer(s->places[place].begin), 0, s->places[place].size);
    memset(s->place_taken, 0, sizeof s->place_taken);
}

static bool lay_out(struct heap *h)
{
    if (h->ops->init(h) != NULL)
        return false;
    (void)heap_alloc(h, TOO_MUCH, HEAP_CALL("bare")); /* FreeRTOS: lays out some heaps */
    return true;
}

bool subject_begin(struct subject *s, const struct heap_ops *ops, const uint32_t *header)
{
    struct heap *const h = &s->heap;

    memset(h, 0, sizeof *h);
    layout_options(&h->config, ops, header);
    h->ops = ops;
    h->alloc = ops->alloc;
    h->free = ops->free;
    h->region_count = layout_regions(ops, header);
    for (unsigned i = 0; i < h->region_count; i++)
        h->regions[i] = take_place(s, layout_place(header, i, h->region_count),
                                   &header[LAYOUT_REGIONS + LAYOUT_REGION_NUMBERS * i]);
    if (lay_out(h))
        return true;
    clear_places(s);
    return false;
}

void subject_add_region(struct subject *s, const uint32_t *numbers)
{
    struct heap *const h = &s->heap;
    unsigned place = 0;

    while (place < SUBJECT_PLACES && s->place_taken[place])
        place++;
    if (place == SUBJECT_PLACES || h->ops->add_region == NULL)
        return;
    h->regions[h->region_count] = take_place(s, place, numbers);
    if (h->ops->add_region(h, &h->regions[h->region_count]) == NULL)
        h->region_count++;
}

void subject_print(const struct subject *s)
{
    (void)s;
}

const char *subject_end(struct subject *s)
{
    clear_places(s);
    return NULL;
}
