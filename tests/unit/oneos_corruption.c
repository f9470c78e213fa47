/*
 * Overwritten metadata: every bit of every word of small heaps that are in use is flipped, one at a
 * time. check() finds what can be found and names a place in the heap; no operation afterwards
 * loops, or touches a byte outside the heap's region.
 */
#include "oneos_unit.h"

/*
 * Pages of RAM with guards around them; the heap begins in the middle of the first. Of a large one,
 * whose middle is free memory, only the ends are flipped, and put back.
 */
enum { PAGE = 0x1000, BEGIN = RAM + 0x800, BLOCKS = 14 };

static struct heap heap;

static struct {
    tsize_t ram; /* bytes mapped */
    unsigned char first[PAGE];
    unsigned char last[PAGE];
    struct heap heap;
    taddr_t blocks[BLOCKS]; /* live ones and freed ones */
} saved;

struct setup {
    const char *spec;
    tsize_t size;
    tsize_t aligned;   /* an aligned block too, or 0 */
    tsize_t used_size; /* bytes of a used block's header that can be checked */
    tsize_t free_size; /* the same of a free block, with its links */
    bool pairs;        /* two used blocks can look like one, and a mark be missed */
    bool only_safe;    /* only that nothing breaks: check() is for the others */
    tsize_t silent[6]; /* offsets of further words that OneOS never reads, or of the maximum */
};

static const struct setup setups[] = {
    {"oneos-first-fit", 0x400, 0, 4, 8, false, false, {0x2c, 0x64, 0x74, 0x94, 0x3fc}},
    {"oneos-first-fit", 0x400, 32, 4, 8, false, false, {0x2c, 0x64, 0x74, 0x94, 0x3fc}},
    {"oneos-first-fit:memtrace=1",
     0x400,
     0,
     4,
     8,
     false,
     false,
     {0x30, 0x64, 0x6c, 0x7c, 0x9c, 0x3fc}},
    {"oneos-first-fit-v201", 0x400, 0, 4, 8, false, false, {0x2c, 0x64, 0x74, 0x94, 0x3fc}},
    {"oneos-buddy", 0x500, 0, 4, 12, true, false, {0x2c}},
    {"oneos-buddy", 0x500, 64, 4, 12, true, false, {0x2c}},
    {"oneos-buddy:memtrace=1", 0x500, 0, 4, 12, true, false, {0x30, 0x4f4, 0x4f8, 0x4fc}},
    {"oneos-small", 0x300, 0, 12, 12, false, false, {0x2fc}},
    {"oneos-small:memtrace=1,align=8", 0x300, 0, 12, 12, false, false, {0x2f8, 0x2fc}},
    {"oneos-small-lite", 0x380, 0, 12, 12, false, false, {0x2c, 0x37c}},
    {"oneos-first-fit", 0x41000, 0, 8, 16, false, true, {0}},
    {"oneos-first-fit:memtrace=1", 0x41000, 64, 8, 16, false, true, {0}},
    {"oneos-mixed", 0x600, 8, 0, 0, false, true, {0}},
};

static bool is_large(const struct setup *setup)
{
    return setup->size > PAGE;
}

static unsigned char *last_page(void)
{
    return target_pointer(RAM + saved.ram - PAGE);
}

/* The mixed heap shares its bytes among three regions. */
static void make_heap(const struct setup *setup, bool faithful)
{
    const tsize_t third = setup->size / 3;
    const struct heap_region mixed[] = {{BEGIN, third, FIRST_FIT},
                                        {BEGIN + third, third, BUDDY},
                                        {BEGIN + 2 * third, third, SMALL}};
    const struct heap_region whole = {BEGIN, setup->size, 0};

    saved.ram = align_up(0x800 + setup->size, PAGE);
    unit_region(RAM, saved.ram);
    kernel.heap_list = NULL;
    memset(target_pointer(RAM), 0xc3, saved.ram);
    if (strcmp(setup->spec, "oneos-mixed") == 0)
        assert_null(oneos_heap_in(&heap, setup->spec, faithful, mixed, 3));
    else
        assert_null(oneos_heap_in(&heap, setup->spec, faithful, &whole, 1));
}

/* Blocks of several sizes, every third freed, some of them side by side. */
static void populate(const struct setup *setup, bool faithful)
{
    static const tsize_t sizes[BLOCKS] = {20, 40, 8, 60, 20, 20, 1, 30, 44, 12, 20, 20, 16, 25};

    make_heap(setup, faithful);
    for (unsigned i = 0; i < BLOCKS; i++) {
        saved.blocks[i] = i == 2 && setup->aligned != 0
                              ? heap_alloc_aligned(&heap, 8, setup->aligned, unit_call)
                              : heap_alloc(&heap, sizes[i], unit_call);
        assert_int_not_equal(saved.blocks[i], 0);
        memset(target_pointer(saved.blocks[i]), 0xc3, sizes[i]);
    }
    for (unsigned i = 0; i < BLOCKS; i += 3)
        give(&heap, saved.blocks[i]);
    give(&heap, saved.blocks[4]);
    unit_check(&heap);
    memcpy(saved.first, target_pointer(RAM), PAGE);
    memcpy(saved.last, last_page(), PAGE);
    saved.heap = heap;
}

static void restore(void)
{
    memcpy(target_pointer(RAM), saved.first, PAGE);
    memcpy(last_page(), saved.last, PAGE);
    heap = saved.heap;
}

static void assert_nothing_outside_changed(const struct setup *setup)
{
    const tsize_t behind = RAM + saved.ram - (BEGIN + setup->size);

    assert_memory_equal(target_pointer(RAM), saved.first, BEGIN - RAM);
    assert_memory_equal(last_page() + PAGE - behind, saved.last + PAGE - behind, behind);
}

/* Whatever a program may call, with pointers that are, or were, live. */
static void call_everything(unsigned turn)
{
    struct heap_fault fault;

    for (unsigned i = 0; i < BLOCKS; i++) {
        const taddr_t block = saved.blocks[(i + turn) % BLOCKS];

        if (i % 3 == 0)
            heap_realloc(&heap, block, 4 + 13 * i, unit_call);
        else if (block != 0)
            heap_free(&heap, block, unit_call);
        heap_alloc(&heap, 1 + 17 * i % 90, unit_call);
    }
    heap_alloc_cleared(&heap, 3, 20, unit_call);
    if (heap.ops->capabilities & HEAP_ALIGNED_APART)
        heap_free_aligned(&heap, heap_alloc_aligned(&heap, 10, 32, unit_call), unit_call);
    else if (heap.ops->alloc_aligned != NULL)
        heap_alloc_aligned(&heap, 10, 32, unit_call);
    heap_largest_free(&heap);
    heap.ops->check(&heap, &fault);
}

struct word_search {
    const struct setup *setup;
    taddr_t word;
    unsigned silent; /* bits of it that may go unseen */
};

static bool find_word(void *context, const struct heap_block *block)
{
    struct word_search *const search = context;
    const tsize_t offset = search->word - block->header;

    if (offset >= block->size)
        return true;
    if (offset >= (block->used ? search->setup->used_size : search->setup->free_size) &&
        !(search->setup->pairs && search->setup->aligned != 0 &&
          block->payload - search->word == 4)) /* a second header */
        search->silent = 32;
    else
        search->silent = search->setup->pairs && block->used ? 1 : 0;
    return true;
}

/* How many bits of a word can change without a trace: the program's own, and what nobody reads. */
static unsigned silent_bits(const struct setup *setup, taddr_t word)
{
    struct word_search search = {.setup = setup, .word = word};

    heap.ops->walk(&heap, find_word, &search);
    for (unsigned i = 0; i < ROWS(setup->silent) && setup->silent[i] != 0; i++)
        if (word == BEGIN + setup->silent[i])
            search.silent = 32;
    return search.silent;
}

/* Flips one bit, looks and acts. False if check() does not see it. */
static bool flip(const struct setup *setup, taddr_t word, unsigned bit)
{
    struct heap_fault fault;

    store32(word, load32(word) ^ 1u << bit);
    const bool seen = !heap.ops->check(&heap, &fault);
    if (seen) /* named in the region, or among the words that 1.x keeps outside it */
        assert_true(fault.address - BEGIN < setup->size ||
                    fault.address - (taddr_t)(uintptr_t)&heap < sizeof heap);
    call_everything(bit);
    assert_nothing_outside_changed(setup);
    restore();
    return seen;
}

static void flip_every_bit(const struct setup *setup, bool faithful)
{
    populate(setup, faithful);
    for (taddr_t word = BEGIN; word < BEGIN + setup->size; word += 4) {
        const unsigned expected = setup->only_safe ? 32 : silent_bits(setup, word);
        unsigned silent = 0;

        if (is_large(setup) && word == BEGIN + 0x300)
            word = BEGIN + setup->size - 0x40;
        for (unsigned bit = 0; bit < 32; bit++)
            silent += !flip(setup, word, bit);
        if (silent > expected)
            fail_msg("%s: %u bits of the word at +0x%x go unseen", setup->spec, silent,
                     word - BEGIN);
    }
    heap_detach(&heap);
}

static void flipped_bits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS(setups); i++)
        for (unsigned mode = 0; mode < ROWS(both_modes); mode++)
            flip_every_bit(&setups[i], both_modes[mode]);
}

static uint32_t draw(uint32_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return *random;
}

/* A value that metadata could hold: a number, an address in the heap, another of its words. */
static uint32_t plausible(const struct setup *setup, uint32_t *random)
{
    const uint32_t kind = draw(random) % 4;
    const uint32_t value = draw(random);

    return kind == 0   ? value
           : kind == 1 ? value % setup->size
           : kind == 2 ? BEGIN + value % setup->size
                       : load32(BEGIN + align_down(value % PAGE / 2, 4));
}

/* Up to 16 words at a time, then all calls. */
static void overwritten_words(void **state)
{
    uint32_t random = 20240607;

    (void)state;
    for (unsigned i = 0; i < ROWS(setups) * 2; i++) {
        const struct setup *const setup = &setups[i / 2];

        populate(setup, both_modes[i % 2]);
        for (unsigned turn = 0; turn < 400; turn++) {
            for (unsigned words = draw(&random) % 16; words-- > 0;) {
                const tsize_t reach = setup->size < 0x700 ? setup->size : 0x700;

                store32(BEGIN + align_down(draw(&random) % reach, 4), plausible(setup, &random));
            }
            call_everything(turn);
            assert_nothing_outside_changed(setup);
            restore();
        }
        heap_detach(&heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(flipped_bits),
                                       cmocka_unit_test(overwritten_words)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
