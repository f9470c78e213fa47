/*
 * Overwritten metadata of TLSF and of the heaps of FreeRTOS. Every word that a heap keeps in target
 * memory is overwritten in turn: check() must name it, and no operation may loop, write outside the
 * heap's memory or crash.
 */
#include <unistd.h>

#include "corrupt.h"

enum { SIZE = 0x1200 };
enum { SECOND = RAM + MARGIN + 0xe80, TLSF_CONTROL = 3188 };

static const struct {
    const char *spec;
    tsize_t split; /* a second region begins here; 0: there is one region */
} heaps[] = {
    {"tlsf", 0},
    {"tlsf:front=1", 0xe80},
    {"freertos-heap-2", 0},
    {"freertos-heap-2:align=4", 0},
    {"freertos-heap-2:align=1,clear_on_free=1", 0},
    {"freertos-heap-2:release=10.4.6", 0},
    {"freertos-heap-4", 0},
    {"freertos-heap-4:align=4,clear_on_free=1", 0},
    {"freertos-heap-4:heap_protector=1", 0},
    {"freertos-heap-5", 0x300},
    {"freertos-heap-5:heap_protector=1,align=16", 0x300},
    {"freertos-heap-5:release=10.4.6", 0x200},
};

static unsigned first_head; /* from here on words are list heads of TLSF */

/* --- what each allocator keeps --- */

static bool add_tlsf_block(void *context, const struct heap_block *block)
{
    taddr_t *const last = context;

    add_word(block->header);
    if (!block->used) {
        add_word(block->payload);                     /* next */
        add_word(block->payload + 4);                 /* back */
        add_word(block->payload + block->usable - 4); /* the next block's link to this one */
    }
    *last = block->header + block->size;
    return true;
}

static void add_tlsf_words(void)
{
    taddr_t sentinel = 0;

    heap.ops->walk(&heap, add_tlsf_block, &sentinel);
    add_word(sentinel);
    for (tsize_t at = 16; at < 116; at += 4) /* bit maps */
        add_word(heap.object + at);
    first_head = word_count;
    for (tsize_t at = 116; at < TLSF_CONTROL; at += 4)
        add_word(heap.object + at);
}

static bool add_freertos_block(void *context, const struct heap_block *block)
{
    const bool marks =
        heap.config.option[1] >= HEAP_VERSION(10, 4, 7) || heap.ops != &heap_freertos_heap_2;

    if (marks || !block->used)
        add_word(block->header); /* the link of a block that is given out tells nothing there */
    add_word(block->header + 4);
    *(taddr_t *)context = block->header + block->size;
    return true;
}

static void add_freertos_words(void)
{
    taddr_t end = 0;

    heap.ops->walk(&heap, add_freertos_block, &end);
    if (heap.ops != &heap_freertos_heap_2) {
        add_word(end);
        add_word(end + 4);
    }
    first_head = word_count;
}

/* --- a populated heap --- */

static void init(unsigned row)
{
    const tsize_t split = heaps[row].split;
    const struct heap_region regions[] = {
        {RAM + MARGIN, split != 0 ? split : (tsize_t)SIZE, 0},
        {RAM + MARGIN + split, SIZE - split, 0},
    };
    struct heap_config config;
    char why[SPEC_WHY_MAX];

    if (!spec_heap(heaps[row].spec, &config, why))
        fail_msg("%s", why);
    config.faithful = row % 2;
    assert_null(heap_init(&heap, &config, "test", regions, split != 0 ? 2 : 1, 0, unit_call));
}

static void begin(unsigned row)
{
    diagnose_set_policy(VIOLATION_RETURN);
    map(SIZE);
    init(row);
    populate(40, 4);
    if (heap.ops == &heap_tlsf)
        add_tlsf_words();
    else
        add_freertos_words();
    save();
}

static void overwrite(taddr_t word, uint32_t value, unsigned variant)
{
    struct heap_fault fault = {.text = NULL};

    if (load32(word) == value)
        return;
    store32(word, value);
    if (heap.ops->check(&heap, &fault))
        fail_msg("%s: check finds nothing with 0x%x in the word at 0x%x (it was 0x%x)",
                 heap.config.ops->name, value, word,
                 load32((taddr_t)(uintptr_t)saved_memory + word - RAM));
    assert_non_null(fault.text);
    use(variant);
    margins_are_whole(word, value);
    restore();
}

/* --- tests --- */

static void every_word_overwritten(void **state)
{
    static const uint32_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      4,
                                      0x5a5a5a5a,
                                      0x7fffffff,
                                      0x80000000,
                                      0x80000010,
                                      0x80000030,
                                      UINT32_MAX - 3,
                                      UINT32_MAX};

    (void)state;
    alarm(120);
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned i = 0; i < word_count; i++) {
            const uint32_t old = load32(words[i]);
            const unsigned step = i < first_head ? 1 : 9; /* heads are many */

            for (unsigned bit = 0; bit < 32; bit += step)
                overwrite(words[i], old ^ 1u << bit, i + bit);
            for (unsigned k = 0; k < UNIT_COUNT(values); k += step)
                overwrite(words[i], values[k], i + k);
        }
        heap_detach(&heap);
    }
    alarm(0);
}

/* Values that look right: addresses and sizes of the heap itself, in another word's place. */
static void every_word_taken_for_another(void **state)
{
    (void)state;
    alarm(120);
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned i = 0; i < first_head; i++)
            for (unsigned k = 0; k < first_head; k += 3)
                overwrite(words[i], i % 2 ? load32(words[k]) : words[k], i + k);
        heap_detach(&heap);
    }
    alarm(0);
}

/* Several words at once, with values from all over the heap's metadata. */
static void words_at_random(void **state)
{
    enum { TRIALS = 1500, AT_ONCE = 4 };
    uint32_t random = 1;

    (void)state;
    alarm(120);
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned trial = 0; trial < TRIALS; trial++) {
            for (unsigned i = 0; i < AT_ONCE; i++) {
                random = random * 1664525 + 1013904223;
                const taddr_t word = words[(random >> 8) % word_count];
                random = random * 1664525 + 1013904223;
                const taddr_t other = words[(random >> 8) % first_head];
                store32(word, random >> 31 ? load32(other) : other - 4 * (random >> 30));
            }
            use(trial);
            margins_are_whole(words[0], trial);
            restore();
        }
        heap_detach(&heap);
    }
    alarm(0);
}

/* A block's end overrun by 64 bytes: what programs do. */
static void overruns(void **state)
{
    (void)state;
    alarm(120);
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned i = 0; i < first_head; i++)
            overrun_from(words[i]);
        heap_detach(&heap);
    }
    alarm(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_overwritten),
        cmocka_unit_test(every_word_taken_for_another),
        cmocka_unit_test(words_at_random),
        cmocka_unit_test(overruns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
