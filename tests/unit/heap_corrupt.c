/*
 * Overwritten metadata. Every word that a heap keeps in target memory is overwritten in turn:
 * check() must name it, and no operation may loop, write outside the heap's memory or crash.
 */
#include <unistd.h>

#include "../../kernel/heap/rt_slab.h"
#include "corrupt.h"

enum { SMALL = 0x600, PAGES = CORRUPT_SIZE_MAX /* for slab */ };

static void add_words_of_small_mem(void);
static void add_words_of_memheap(void);
static void add_words_of_slab(void);

static const struct {
    const char *spec;
    tsize_t size;
    tsize_t header_words;    /* of each block, that check() knows */
    void (*add_words)(void); /* what else there is */
} heaps[] = {
    {"rt-small-mem", SMALL, 3, add_words_of_small_mem},
    {"rt-small-mem:align=4", SMALL, 3, add_words_of_small_mem},
    {"rt-small-mem:memtrace=1", SMALL, 3, add_words_of_small_mem}, /* the name can be anything */
    {"rt-small-mem:align=4,memtrace=1", SMALL, 3, add_words_of_small_mem},
    {"rt-small-mem:align=32,name_max=12", SMALL, 3, add_words_of_small_mem},
    {"rt-mempool:block_size=64", SMALL, 1, NULL},
    {"rt-memheap", SMALL, 6, add_words_of_memheap},
    {"rt-memheap:mode=best,align=4", SMALL, 6, add_words_of_memheap},
    {"rt-memheap:front=1,memtrace=1", SMALL, 6, add_words_of_memheap},
    {"rt-memheap:release=4.1.1", SMALL, 6, add_words_of_memheap},
    {"rt-slab", PAGES, 0, add_words_of_slab},
};

static bool add_header(void *context, const struct heap_block *block)
{
    for (tsize_t i = 0; i < *(const tsize_t *)context; i++)
        add_word(block->header + 4 * i);
    return true;
}

/* The words of small-mem's control block and of its end item, whose prev nobody reads. */
static void add_words_of_small_mem(void)
{
    const tsize_t object = align_up(heap_option(&heap, "name_max") + 2, 4) + 8;
    const taddr_t end = load32(heap.object + object + 24);

    for (taddr_t at = heap.object; at < heap.object + object + 36; at += 4)
        add_word(at);
    add_word(end);
    add_word(end + 4);
}

/* The words of memheap's tail item and, in the heap's own memory, of its control block. */
static void add_words_of_memheap(void)
{
    const taddr_t fields = heap.object + 20;
    const tsize_t header =
        align_up(heap_option(&heap, "memtrace") != 0 ? 28 : 24, heap_option(&heap, "align"));
    const taddr_t tail = load32(fields) + load32(fields + 4) - header;

    for (taddr_t at = tail; at < tail + 24; at += 4)
        add_word(at);
    for (taddr_t at = fields; at < fields + 32; at += 4)
        add_word(at);
    add_word(fields + 24 + 16); /* next_free and prev_free of the free header */
    add_word(fields + 24 + 20);
}

/*
 * Slab's control block, memusage, zone headers with the first chunks of a list, and a free run;
 * with a zone that is all free but listed, a cached one, a full one and one between, and a large
 * block behind a freed one.
 */
static void add_words_of_slab(void)
{
    taddr_t chunks[4][3];

    for (unsigned i = 0; i < 12; i++)
        chunks[i / 3][i % 3] = unit_alloc(&heap, 8191);
    const taddr_t large = unit_alloc(&heap, 0x2000);
    blocks[1] = unit_alloc(&heap, 0x2000);
    unit_free(&heap, large);
    for (unsigned i = 0; i < 7; i++)
        unit_free(&heap, chunks[i / 3][i % 3]);
    blocks[3] = chunks[2][1];
    blocks[5] = chunks[3][2];
    unit_check(&heap);

    const struct slab *const s = (const struct slab *)(const void *)heap.state.bytes;
    for (taddr_t at = heap.object; at < s->control + CONTROL_SIZE; at += 4)
        add_word(at);
    for (tsize_t page = 0; page < s->pages.count; page++) {
        const taddr_t at = s->start + page * RT_PAGE_SIZE;

        add_word(s->memusage + 4 * page);
        if (load32(at) == RT_ZONE_MAGIC)
            for (unsigned word = 0; word < ZONE_HEADER; word += 4)
                add_word(at + word);
        if (load32(at) == RT_ZONE_MAGIC && load32(at + ZONE_FREECHUNK) != 0)
            add_word(at + ZONE_TAIL);
        if (load32(at) == RT_ZONE_CACHED) {
            add_word(at + ZONE_MAGIC);
            add_word(at + ZONE_NEXT);
        }
    }
    add_word(load32(s->pages.head));
    add_word(load32(s->pages.head) + 4);
    add_word(blocks[0] + 48);
    add_word(blocks[0] + 3 * 48);
    add_word(blocks[0] + 4 * 48);
}

static void begin(unsigned row)
{
    map(heaps[row].size);
    assert_null(unit_heap_in(&heap, heaps[row].spec, row % 2, RAM + MARGIN, size));
    populate(48, 0);
    heap.ops->walk(&heap, add_header, (void *)(uintptr_t)&heaps[row].header_words);
    if (heaps[row].add_words != NULL)
        heaps[row].add_words();
    save();
}

static void overwrite(taddr_t word, uint32_t value, bool must_be_found)
{
    struct heap_fault fault = {0, 0, 0, NULL};

    if (value == load32(word))
        return;
    for (unsigned variant = 0; variant < 4; variant++) {
        store32(word, value);
        const bool clean = heap.ops->check(&heap, &fault);
        if (must_be_found && (clean || fault.address != word))
            fail_msg("%s: 0x%x in the word at 0x%x: check says %s at 0x%x", heap.ops->name, value,
                     word, clean ? "nothing" : fault.text, fault.address);
        use(variant);
        margins_are_whole(word, value);
        restore();
    }
}

static void every_word_overwritten(void **state)
{
    (void)state;
    alarm(60); /* a loop that never ends fails, too */
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned i = 0; i < word_count; i++) {
            const uint32_t old = load32(words[i]);

            overwrite(words[i], ~old, true);
            overwrite(words[i], 0xa5a5a5a5, true);
        }
        heap_detach(&heap);
    }
    alarm(0);
}

/* Values that look sound: single bits, neighbours, places in and about the heap. */
static void every_word_nearly_right(void **state)
{
    (void)state;
    alarm(60);
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned i = 0; i < word_count; i++) {
            const uint32_t old = load32(words[i]);
            const uint32_t values[] = {0,
                                       1,
                                       old + 4,
                                       old - 4,
                                       old + 64,
                                       old - 64,
                                       RAM,
                                       RAM + MARGIN,
                                       size,
                                       size - 4,
                                       blocks[2],
                                       blocks[2] - 4,
                                       RAM + MARGIN + size,
                                       UINT32_MAX};

            for (unsigned bit = 0; bit < 32; bit++)
                overwrite(words[i], old ^ 1u << bit, false);
            for (unsigned k = 0; k < UNIT_COUNT(values); k++)
                overwrite(words[i], values[k], false);
        }
        heap_detach(&heap);
    }
    alarm(0);
}

/* A whole run of memory overwritten from each word on: what a program that overruns a block does.
 */
static void overruns(void **state)
{
    (void)state;
    alarm(60);
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned i = 0; i < word_count; i++)
            overrun_from(words[i]);
        heap_detach(&heap);
    }
    alarm(0);
}

/* Several words at once, with values from all over the heap's metadata. */
static void words_at_random(void **state)
{
    enum { TRIALS = 4000, AT_ONCE = 4 };
    uint32_t random = 1;

    (void)state;
    alarm(60);
    for (unsigned row = 0; row < UNIT_COUNT(heaps); row++) {
        begin(row);
        for (unsigned trial = 0; trial < TRIALS; trial++) {
            for (unsigned i = 0; i < AT_ONCE; i++) {
                random = random * 1664525 + 1013904223;
                const taddr_t word = words[(random >> 8) % word_count];
                random = random * 1664525 + 1013904223;
                const uint32_t other = load32(words[(random >> 8) % word_count]);
                store32(word, random >> 30 == 0 ? other & ~1u : other + (random >> 28) * 4);
            }
            use(trial);
            margins_are_whole(words[0], trial);
            restore();
        }
        heap_detach(&heap);
    }
    alarm(0);
}

/* What the operations themselves report when they meet a broken word. */
static void operations_name_the_corruption(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, 0x400));
    const taddr_t a = unit_alloc(&heap, 64);
    const taddr_t b = unit_alloc(&heap, 64);
    const taddr_t rest = b + 64;

    unit_expect();
    store32(rest, 0x41414140); /* the free item does not name its heap any more: bit 0 is clear */
    assert_int_equal(unit_alloc(&heap, 16), 0);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    store32(rest, RAM);
    store32(RAM + 48, 0x20000001); /* lfree */
    assert_int_equal(unit_alloc(&heap, 16), 0);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    store32(RAM + 48, RAM + 0x400);
    assert_int_equal(unit_alloc(&heap, 16), 0);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    store32(RAM + 48, rest);
    store32(b - 16 + 4, 0xffffff00); /* next */
    unit_free(&heap, b);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    assert_int_equal(unit_realloc(&heap, a, 16), 0);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    heap_detach(&heap);
}

/* A prev that leads to another free item: a merge would swallow the live blocks between. */
static void prev_that_leads_astray(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, 0x400));
    const taddr_t a = unit_alloc(&heap, 64);
    (void)unit_alloc(&heap, 64);
    const taddr_t c = unit_alloc(&heap, 64);
    unit_free(&heap, a);
    const struct heap_stats before = unit_stats(&heap);

    unit_expect();
    store32(c - 16 + 8, 0); /* the offset of a's item */
    unit_free(&heap, c);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    assert_int_equal(unit_realloc(&heap, c, 8), 0);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    store32(c - 16 + 8, 80); /* as it was: b's */
    unit_unchanged(&heap, &before);
    unit_free(&heap, c);
    unit_not_diagnosed();
    heap_detach(&heap);
}

/*
 * Headers forged in the payloads of two live blocks, and lfree made to lead there: the item that a
 * realloc is given spans the header of the very block that it moves.
 */
static void realloc_over_its_own_header(void **state)
{
    enum { BASE = RAM + 56, FORGED = BASE + 32, NEXT = BASE + 128 };

    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, 0x400));
    (void)unit_alloc(&heap, 64);
    const taddr_t block = unit_alloc(&heap, 64);
    (void)unit_alloc(&heap, 64);
    assert_int_equal(block, BASE + 96);
    store32(FORGED, RAM);
    store32(FORGED + 4, NEXT - BASE);
    store32(NEXT, RAM);
    store32(NEXT + 4, 0x40000000); /* comes to lie in the block's own header */
    store32(NEXT + 8, FORGED - BASE);
    store32(RAM + 48, FORGED);
    unit_expect();
    assert_int_equal(unit_realloc(&heap, block, 72), FORGED + 16);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    heap_detach(&heap);
}

static void mempool_names_the_corruption(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-mempool:block_size=64", false, RAM, 0x400));
    const taddr_t a = unit_alloc(&heap, 64);

    unit_expect();
    store32(a + 64, 0x41414141); /* the next free block's word */
    assert_int_equal(unit_alloc(&heap, 64), 0);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    store32(a + 64, 0); /* the list ends early */
    assert_int_equal(unit_alloc(&heap, 64), a + 68);
    unit_not_diagnosed();
    assert_int_equal(unit_alloc(&heap, 64), 0);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_overwritten),
        cmocka_unit_test(every_word_nearly_right),
        cmocka_unit_test(overruns),
        cmocka_unit_test(words_at_random),
        cmocka_unit_test(operations_name_the_corruption),
        cmocka_unit_test(prev_that_leads_astray),
        cmocka_unit_test(realloc_over_its_own_header),
        cmocka_unit_test(mempool_names_the_corruption),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
