/*
 * Sizes that overflow, in every memory call of every dialect on every heap it can have: each is
 * answered by its documented failure, and afterwards every heap is whole and its figures are what
 * they were.
 *
 *   call x { sizes near 2^31, near 2^32, beyond 32 bits; products that wrap; alignments 0, 3, 2^31
 * }
 */
#include <stdio.h>

#include "calls.h"
#include "unit.h"

static const struct dialect_calls *const dialects[] = {&rtthread_calls, &freertos_calls,
                                                       &oneos_calls};

enum { BLOCKS = 24, HEAPS_MAX = 8, VICTIM_SIZE = 100 };

static char where[200]; /* for failures: dialect, heap, call, input */

#define SHOULD(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s: %s (the last misuse: %s)", where, #condition,                            \
                     diagnose_last()->text != NULL ? diagnose_last()->text : "none");              \
    } while (0)

/* --- a heap in use: blocks of many sizes, with holes between them --- */

static uint8_t *blocks[BLOCKS];

static size_t size_of_block(unsigned i)
{
    return 9 + i * i * 7 % 300;
}

static void use_heap(const struct dialect_calls *d)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        blocks[i] = d->take(size_of_block(i));
        SHOULD(blocks[i] != NULL);
        memset(blocks[i], (int)i, size_of_block(i));
    }
    for (unsigned i = 0; i < BLOCKS; i += 3) {
        d->give(blocks[i]);
        blocks[i] = NULL;
    }
}

static void start(const struct dialect_calls *d, const char *heap)
{
    char why[SPEC_WHY_MAX];

    memset(&kernel, 0, sizeof kernel);
    diagnose_set_policy(VIOLATION_RETURN);
    unit_region(CALLS_RAM, CALLS_RAM_SIZE);
    if (!spec_heap(heap, &kernel.heap_config, why))
        fail_msg("%s", why);
    snprintf(where, sizeof where, "%s on %s, start", d->name, heap);
    unit_expect();
    d->start();
    use_heap(d);
    unit_not_diagnosed();
}

/* --- what must not change --- */

static struct heap_stats figures[HEAPS_MAX];

static unsigned read_figures(struct heap_stats *to)
{
    unsigned count = 0;

    for (struct heap *h = kernel.heap_list; h != NULL; h = h->next) {
        assert_true(count < HEAPS_MAX);
        to[count++] = unit_stats(h);
    }
    return count;
}

static void is_unchanged(unsigned heaps)
{
    struct heap_stats now[HEAPS_MAX];
    struct heap_fault fault;

    SHOULD(read_figures(now) == heaps);
    for (unsigned i = 0; i < heaps; i++) {
        SHOULD(now[i].total == figures[i].total);
        SHOULD(now[i].used == figures[i].used);
        SHOULD(now[i].used_max == figures[i].used_max);
    }
    for (struct heap *h = kernel.heap_list; h != NULL; h = h->next)
        SHOULD(h->ops->check(h, &fault));
    for (unsigned i = 0; i < BLOCKS; i++)
        for (size_t k = 0; blocks[i] != NULL && k < size_of_block(i); k++)
            SHOULD(blocks[i][k] == i);
}

/* --- inputs --- */

/* 2^31 and 2^32 with what headers, rounding and alignment may add to them. */
static size_t sizes[400];
static unsigned size_count;

static void add_size(size_t size)
{
    assert_true(size_count < UNIT_COUNT(sizes));
    sizes[size_count++] = size;
}

static void list_sizes(void)
{
    size_count = 0;
    for (unsigned k = 0; k <= 72; k++)
        add_size(0xffffffffu - k);
    for (unsigned k = 0; k <= 40; k++) {
        add_size(0x80000000u - k);
        add_size(0x80000000u + k);
    }
    for (unsigned shift = 21; shift < 32; shift++)
        add_size((size_t)3 << (shift - 1));
    for (unsigned k = 0xf00; k <= 0x1100; k += 0x80)
        add_size(0xffffffffu - k); /* a page below */
    if (sizeof(size_t) > 4) {
        add_size((size_t)UINT32_MAX + 1);
        add_size((size_t)UINT32_MAX + 17);
        add_size((size_t)1 << (sizeof(size_t) * 8 - 1));
    }
    for (unsigned k = 0; k <= 16; k++)
        add_size(SIZE_MAX - k);
}

static const struct {
    size_t count, size;
} products[] = {
    {0x10000, 0x10000},
    {0x10001, 0x10000},
    {0x80000000u, 2},
    {2, 0x80000000u},
    {0x40000001, 4},
    {3, 0x55555556},
    {0xffffffffu, 2},
    {2, 0xffffffffu},
    {0xffffffffu, 0xffffffffu},
    {0x80000001u, 0x80000001u},
    {0x7fffffff, 0x7fffffff},
    {641, 6700417},
    {SIZE_MAX, 2},
    {2, SIZE_MAX},
    {SIZE_MAX, SIZE_MAX},
    {SIZE_MAX / 2 + 1, 2},
    {0x20000000, 16},
    {16, 0x10000001},
};

/* --- the calls --- */

static void name_case(const struct dialect_calls *d, const char *heap, const struct call *call,
                      size_t a, size_t b)
{
    snprintf(where, sizeof where, "%s on %s: %s(0x%zx, 0x%zx)", d->name, heap, call->name, a, b);
}

/* A size; or what OneOS 2.0.1 does where realloc of NULL finds no room. */
static bool is_of_a_size(const struct diagnosis *d)
{
    return d->kind == DIAGNOSIS_SIZE_OVERFLOW ||
           (d->kind == DIAGNOSIS_FOREIGN_POINTER && strstr(d->text, "OneOS 2.0.1") != NULL);
}

/* NULL, at most one misuse, and that of a size; all is as it was. */
static void is_refused(const void *result, unsigned heaps, bool named)
{
    const unsigned count = diagnose_count(DIAGNOSIS_KINDS) - unit_counts[DIAGNOSIS_KINDS];

    SHOULD(result == NULL);
    SHOULD(count == 0 || (count == 1 && is_of_a_size(diagnose_last())));
    SHOULD(!named || count == 1);
    unit_expect();
    is_unchanged(heaps);
}

static void try_sizes(const struct dialect_calls *d, const char *heap, const struct call *call,
                      unsigned heaps)
{
    for (unsigned i = 0; i < size_count; i++) {
        name_case(d, heap, call, sizes[i], 0);
        is_refused(call->make(sizes[i], 0), heaps, sizes[i] > UINT32_MAX);
    }
}

static void try_products(const struct dialect_calls *d, const char *heap, const struct call *call,
                         unsigned heaps)
{
    for (unsigned i = 0; i < UNIT_COUNT(products); i++) {
        name_case(d, heap, call, products[i].count, products[i].size);
        is_refused(call->make(products[i].count, products[i].size), heaps, true);
    }
    for (unsigned i = 0; i < size_count; i++) {
        name_case(d, heap, call, sizes[i], 1);
        is_refused(call->make(sizes[i], 1), heaps, sizes[i] > UINT32_MAX);
        name_case(d, heap, call, 1, sizes[i]);
        is_refused(call->make(1, sizes[i]), heaps, sizes[i] > UINT32_MAX);
    }
}

static void try_resizing(const struct dialect_calls *d, const char *heap, const struct call *call)
{
    uint8_t *const victim = call->make(VICTIM_SIZE, 0);
    const unsigned heaps = read_figures(figures);

    name_case(d, heap, call, VICTIM_SIZE, 0);
    SHOULD(victim != NULL);
    memset(victim, 0x5a, VICTIM_SIZE);
    for (unsigned i = 0; i < size_count; i++) {
        name_case(d, heap, call, 0, sizes[i]);
        is_refused(call->resize(NULL, sizes[i]), heaps, sizes[i] > UINT32_MAX);
        name_case(d, heap, call, (size_t)victim, sizes[i]);
        is_refused(call->resize(victim, sizes[i]), heaps, sizes[i] > UINT32_MAX);
        for (unsigned k = 0; k < VICTIM_SIZE; k++)
            SHOULD(victim[k] == 0x5a);
    }
}

static void try_alignment(const struct dialect_calls *d, const char *heap, const struct call *call,
                          size_t align, enum align_answer answer)
{
    name_case(d, heap, call, align, 16);
    void *const block = call->make(align, 16);

    if (answer == ALIGN_BLOCK) {
        SHOULD(block != NULL);
        SHOULD(diagnose_count(DIAGNOSIS_KINDS) == unit_counts[DIAGNOSIS_KINDS]);
        return; /* it stays: what it took is in the figures of the next case */
    }
    SHOULD(block == NULL);
    unit_diagnosed(DIAGNOSIS_BAD_ALIGNMENT, 1);
}

static void try_aligned(const struct dialect_calls *d, const char *heap, const struct call *call)
{
    static const size_t aligns[] = {4, 8, 64, 4096};

    try_alignment(d, heap, call, 0, call->align_zero);
    try_alignment(d, heap, call, 3, call->align_three);
    const unsigned heaps = read_figures(figures);
    for (unsigned i = 0; i < size_count; i++) {
        for (unsigned k = 0; k < UNIT_COUNT(aligns); k++) {
            name_case(d, heap, call, aligns[k], sizes[i]);
            is_refused(call->make(aligns[k], sizes[i]), heaps, sizes[i] > UINT32_MAX);
        }
    }
    for (size_t size = 1; size <= 0x1000; size *= 16) {
        name_case(d, heap, call, 0x80000000u, size);
        const void *const block = call->make(0x80000000u, size);

        SHOULD(block == NULL); /* for want of room, or named as an alignment that wraps */
        unit_expect();
        is_unchanged(heaps);
    }
}

static void try_call(const struct dialect_calls *d, const char *heap, const struct call *call)
{
    start(d, heap);
    const unsigned heaps = read_figures(figures);

    if (call->exists != NULL && !call->exists())
        return;
    switch (call->kind) {
    case CALL_SIZE:
    case CALL_PAGES: /* so many bytes, let alone pages */
        try_sizes(d, heap, call, heaps);
        break;
    case CALL_PRODUCT:
        try_products(d, heap, call, heaps);
        break;
    case CALL_RESIZE:
        try_resizing(d, heap, call);
        break;
    case CALL_ALIGNED:
        try_aligned(d, heap, call);
        break;
    }
}

static void every_call(void **state)
{
    const struct dialect_calls *const d = *state;

    list_sizes();
    for (unsigned i = 0; d->heaps[i] != NULL; i++)
        for (const struct call *call = d->calls; call->name != NULL; call++)
            try_call(d, d->heaps[i], call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"RT-Thread", every_call, NULL, NULL, (void *)(uintptr_t)dialects[0]},
        {"FreeRTOS", every_call, NULL, NULL, (void *)(uintptr_t)dialects[1]},
        {"OneOS", every_call, NULL, NULL, (void *)(uintptr_t)dialects[2]},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
