/*
 * What holds of every OneOS heap in every mode: live blocks are aligned, don't overlap and keep
 * their bytes; the figures are what a walk adds up to; misuse changes nothing; and when all is
 * freed the heap is as it was.
 */
#include "oneos_unit.h"

enum { SLOTS = 48, OPERATIONS = 1200 };

static struct heap heap;

struct slot {
    taddr_t block; /* 0: none */
    tsize_t filled;
    bool aligned;
    unsigned char byte;
};

struct run {
    const struct setup *setup;
    uint32_t random;
    struct slot slots[SLOTS];
    tsize_t own; /* bytes in use at the start */
    unsigned free_blocks;
    taddr_t stale; /* the last pointer freed */
};

struct setup {
    const char *spec;
    struct heap_region regions[3];
    unsigned count;
    tsize_t alignment; /* of every block */
};

static const struct setup setups[] = {
    {"oneos-first-fit", {{RAM, 0x2000, 0}}, 1, 4},
    {"oneos-first-fit:memtrace=1,name_max=7", {{RAM + 3, 0x1801, 0}}, 1, 8},
    {"oneos-first-fit", {{RAM + 4, 0x60000, 0}}, 1, 8},
    {"oneos-first-fit", {{RAM, 0x700, 0}, {RAM + 0x50000, 0x41000, 0}}, 2, 4},
    {"oneos-first-fit-v201", {{RAM, 0x2000, 0}}, 1, 4},
    {"oneos-first-fit-v201:memtrace=1", {{RAM, 0x50000, 0}}, 1, 4},
    {"oneos-buddy", {{RAM, 0x3000, 0}}, 1, 4},
    {"oneos-buddy:memtrace=1,buddy_max_block=1024", {{RAM + 1, 0x2345, 0}}, 1, 4},
    {"oneos-buddy", {{RAM, 0x500, 0}, {RAM + 0x1000, 0x1500, 0}}, 2, 4},
    {"oneos-mixed",
     {{RAM + 0x8000, 0x800, BUDDY}, {RAM, 0x800, FIRST_FIT}, {RAM + 0x4000, 0x800, SMALL}},
     3,
     4},
    {"oneos-small", {{RAM, 0x2000, 0}}, 1, 4},
    {"oneos-small:align=16,memtrace=1", {{RAM + 1, 0x2000, 0}}, 1, 16},
    {"oneos-small-lite", {{RAM, 0x2000, 0}}, 1, 4},
};

static uint32_t draw(struct run *run, uint32_t below)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 17;
    run->random ^= run->random << 5;
    return run->random % below;
}

/* Mostly small; now and then nothing, too much, or a size that wraps. */
static tsize_t draw_size(struct run *run)
{
    const uint32_t kind = draw(run, 100);

    if (kind < 2)
        return 0;
    if (kind < 4)
        return 0xffffffff - draw(run, 24);
    if (kind < 8)
        return draw(run, 0x2000);
    return 1 + draw(run, kind < 40 ? 300 : 40);
}

static void verify_bytes(const struct slot *slot)
{
    const unsigned char *const bytes = target_pointer(slot->block);

    for (tsize_t i = 0; i < slot->filled; i++)
        if (bytes[i] != slot->byte)
            fail_msg("byte %u of block 0x%x changed", i, slot->block);
}

/* The slot holds a new block, of which the program writes what it asked for and got. */
static void hold(struct run *run, struct slot *slot, taddr_t block, tsize_t size, bool aligned)
{
    const tsize_t usable =
        aligned && (heap.ops->capabilities & HEAP_ALIGNED_APART)
            ? load32(block - 4) + heap.ops->usable_size(&heap, load32(block - 4)) - block
            : heap.ops->usable_size(&heap, block);

    *slot = (struct slot){.block = block,
                          .filled = size < usable ? size : usable,
                          .aligned = aligned,
                          .byte = (unsigned char)draw(run, 256)};
    assert_true(heap.config.faithful || size <= usable);
    assert_true(heap_contains(&heap, block, slot->filled));
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct slot *const other = &run->slots[i];

        if (other != slot && other->block != 0 && block < other->block + other->filled &&
            other->block < block + slot->filled)
            fail_msg("blocks 0x%x and 0x%x overlap", block, other->block);
    }
    memset(target_pointer(block), slot->byte, slot->filled);
}

static void allocate(struct run *run, struct slot *slot)
{
    const tsize_t size = draw_size(run);
    const taddr_t block = draw(run, 4) != 0 ? heap_alloc(&heap, size, unit_call)
                                            : heap_alloc_cleared(&heap, 1, size, unit_call);

    if (block == 0)
        return;
    assert_true(is_aligned(block, run->setup->alignment));
    hold(run, slot, block, size, false);
}

static void allocate_aligned(struct run *run, struct slot *slot)
{
    const tsize_t size = draw_size(run);
    const tsize_t align = 1u << draw(run, 9);

    if (heap.ops->alloc_aligned == NULL || size >= 0x10000)
        return;
    const taddr_t block = heap_alloc_aligned(&heap, size, align, unit_call);
    if (block == 0)
        return;
    assert_true(is_aligned(block, align));
    hold(run, slot, block, size, align > 4 || (heap.ops->capabilities & HEAP_ALIGNED_APART));
}

static void give_back(struct run *run, struct slot *slot)
{
    const unsigned before = diagnoses();

    verify_bytes(slot);
    (slot->aligned ? heap_free_aligned : heap_free)(&heap, slot->block, unit_call);
    assert_int_equal(diagnoses(), before);
    run->stale = slot->aligned && heap.ops->free_aligned != NULL ? 0 : slot->block;
    *slot = (struct slot){.block = 0};
}

static void resize(struct run *run, struct slot *slot)
{
    const tsize_t size = draw_size(run);
    const struct slot old = *slot;

    if (slot->aligned && (heap.config.faithful || (heap.ops->capabilities & HEAP_ALIGNED_APART)))
        return; /* the real code leaves the data behind, or has no such call */
    const taddr_t block = heap_realloc(&heap, slot->block, size, unit_call);
    if (block == 0 && size == 0) {
        *slot = (struct slot){.block = 0};
    } else if (block != 0) {
        struct slot moved = old;

        moved.block = block;
        moved.filled = old.filled < size ? old.filled : size;
        if (moved.filled > heap.ops->usable_size(&heap, block))
            moved.filled = heap.ops->usable_size(&heap, block);
        verify_bytes(&moved);
        hold(run, slot, block, size, old.aligned && block == old.block);
    }
}

/* Live, or the start of the block that 1.x keeps behind an aligned pointer. */
static bool is_live(const struct run *run, taddr_t pointer)
{
    const bool apart = heap.ops->capabilities & HEAP_ALIGNED_APART;

    for (unsigned i = 0; i < SLOTS; i++) {
        const struct slot *const slot = &run->slots[i];

        if (slot->block == pointer ||
            (apart && slot->aligned && load32(slot->block - 4) == pointer))
            return true;
    }
    return false;
}

/* Pointers that no call returned, or that are freed: diagnosed once, and nothing changes. */
static void misuse(struct run *run, const struct slot *slot)
{
    const taddr_t pointers[] = {run->stale, slot->block + 1, RAM - 64, RAM + RAM_SIZE + 4};
    const taddr_t pointer = pointers[draw(run, ROWS(pointers))];
    const tsize_t used = figure(&heap, "used");
    const unsigned before = diagnoses();

    if (pointer <= 1 || is_live(run, pointer))
        return;
    if (draw(run, 2) == 0)
        heap_free(&heap, pointer, unit_call);
    else if (!heap.config.faithful || heap.ops != &heap_oneos_small)
        assert_int_equal(heap_realloc(&heap, pointer, draw(run, 100), unit_call), 0);
    else
        return;
    assert_int_equal(diagnoses(), before + 1);
    assert_int_not_equal(diagnose_last()->kind, DIAGNOSIS_HEAP_CORRUPT);
    assert_int_equal(figure(&heap, "used"), used);
}

static void operate(struct run *run)
{
    struct slot *const slot = &run->slots[draw(run, SLOTS)];
    const uint32_t choice = draw(run, 10);

    if (choice == 0)
        misuse(run, slot);
    else if (slot->block == 0 && choice < 8)
        allocate(run, slot);
    else if (slot->block == 0)
        allocate_aligned(run, slot);
    else if (choice < 6)
        give_back(run, slot);
    else
        resize(run, slot);
}

static void account(const struct run *run)
{
    const struct block_search all = survey(&heap, 0);
    unsigned live = 0;

    unit_check(&heap);
    for (unsigned i = 0; i < SLOTS; i++) {
        live += run->slots[i].block != 0;
        if (run->slots[i].block != 0 && run->slots[i].filled > 0)
            assert_true(survey(&heap, run->slots[i].block).block.used);
    }
    assert_int_equal(all.used_blocks, live);
    assert_int_equal(figure(&heap, "used"), run->own + all.used_bytes);
    assert_true(figure(&heap, "max") >= figure(&heap, "used"));
}

static void run_seed(const struct setup *setup, bool faithful, uint32_t seed)
{
    struct run run = {.setup = setup, .random = seed * 2654435761u + 1};

    assert_null(oneos_heap(&heap, setup->spec, faithful, setup->regions, setup->count));
    run.own = figure(&heap, "used");
    run.free_blocks = survey(&heap, 0).free_blocks;
    for (unsigned i = 0; i < OPERATIONS; i++) {
        operate(&run);
        if (i % 16 == 0)
            account(&run);
    }
    for (unsigned i = 0; i < SLOTS; i++)
        if (run.slots[i].block != 0)
            give_back(&run, &run.slots[i]);
    account(&run);
    assert_int_equal(figure(&heap, "used"), run.own);
    assert_int_equal(survey(&heap, 0).free_blocks, run.free_blocks);
    heap_detach(&heap);
}

static void properties(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS(setups); i++)
        for (uint32_t seed = 0; seed < 16; seed++)
            run_seed(&setups[i], both_modes[seed % 2], seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(properties)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
