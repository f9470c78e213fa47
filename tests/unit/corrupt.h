/*
 * What the tests that overwrite metadata share: a populated heap that can be put back, all that can
 * be done with it, and the look at what lies around it.
 *
 * The heap lies in the middle of its region, with known bytes on both sides; what is outside the
 * region can't be touched without a signal.
 */
#ifndef HEAPSIM_TESTS_CORRUPT_H
#define HEAPSIM_TESTS_CORRUPT_H

#include "unit.h"

enum { RAM = 0x20000000, MARGIN = 0x100, BLOCKS = 12, WORDS_MAX = 1000 };
enum { CORRUPT_SIZE_MAX = 0x1000 - MARGIN + 48 * 0x1000 };

static tsize_t size; /* of the heap at hand */
static struct heap heap;
static struct heap saved_heap;
static uint8_t saved_memory[MARGIN + CORRUPT_SIZE_MAX + MARGIN];
static taddr_t blocks[BLOCKS];

/* Those that are overwritten. */
static taddr_t words[WORDS_MAX];
static unsigned word_count;

static void add_word(taddr_t at)
{
    assert_true(word_count < WORDS_MAX);
    words[word_count++] = at;
}

static void map(tsize_t heap_size)
{
    size = heap_size;
    unit_region(RAM, MARGIN + size + MARGIN);
    memset(target_pointer(RAM), 0xa5, MARGIN + size + MARGIN);
    memset(target_pointer(RAM + MARGIN), 0, size);
}

/* Used and free blocks by turns, a run of free ones included. */
static void populate(tsize_t least, tsize_t rise)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        blocks[i] = unit_alloc(&heap, least + rise * (i % 5));
        assert_int_not_equal(blocks[i], 0);
        memset(target_pointer(blocks[i]), 0x5a, least);
    }
    for (unsigned i = 1; i < BLOCKS; i += 2) {
        unit_free(&heap, blocks[i]);
        blocks[i] = 0;
    }
    unit_free(&heap, blocks[4]);
    blocks[4] = 0;
    unit_check(&heap);
    word_count = 0;
}

static void save(void)
{
    saved_heap = heap;
    memcpy(saved_memory, target_pointer(RAM), MARGIN + size + MARGIN);
}

static void restore(void)
{
    heap = saved_heap;
    memcpy(target_pointer(RAM), saved_memory, MARGIN + size + MARGIN);
}

static void margins_are_whole(taddr_t word, uint32_t value)
{
    const uint8_t *const memory = target_pointer(RAM);

    for (unsigned i = 0; i < MARGIN; i++)
        if (memory[i] != 0xa5 || memory[MARGIN + size + i] != 0xa5)
            fail_msg("%s: with 0x%x in the word at 0x%x a byte outside the heap was written",
                     heap.config.ops->name, value, word);
}

static bool stop_at_count(void *context, const struct heap_block *block)
{
    unsigned *const left = context;

    return (*left)-- > 1;
}

/* All that can be done with a heap, in an order that depends on `variant`. */
static void use(unsigned variant)
{
    static const tsize_t sizes[] = {1, 48, 100, 0x200, 24};
    unsigned left = 100000;

    for (unsigned i = 0; i < UNIT_COUNT(sizes); i++) {
        const taddr_t block = unit_alloc(&heap, sizes[(i + variant) % UNIT_COUNT(sizes)]);

        if (block != 0)
            unit_free(&heap, block);
    }
    (void)heap_alloc_cleared(&heap, 3, 9, unit_call);
    if (heap.ops->capabilities & HEAP_CAN_ALIGN)
        heap_free_aligned(&heap, heap_alloc_aligned(&heap, 40, 32, unit_call), unit_call);
    for (unsigned i = 0; i < BLOCKS; i++) {
        const taddr_t block = blocks[(i + variant) % BLOCKS];

        if (variant % 2 && (heap.ops->capabilities & HEAP_CAN_REALLOC))
            (void)unit_realloc(&heap, block, variant % 4 == 1 ? 8 : 64);
        unit_free(&heap, block);
        (void)unit_alloc(&heap, 20);
    }
    (void)heap_largest_free(&heap);
    for (const struct heap_figure *f = heap.ops->figures; f->name != NULL; f++)
        (void)f->read(&heap, 0);
    heap.ops->walk(&heap, stop_at_count, &left);
    assert_int_not_equal(left, 0);
}

/* What a program does that overruns a block. */
static void overrun_from(taddr_t word)
{
    const tsize_t left = RAM + MARGIN + size - word;

    for (unsigned variant = 0; variant < 4; variant++) {
        memset(target_pointer(word), variant % 2 ? 0xff : 0x10, left < 64 ? left : 64);
        use(variant);
        margins_are_whole(word, variant);
        restore();
    }
}

#endif
