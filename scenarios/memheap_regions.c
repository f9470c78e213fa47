/*
 * Several RAMs glued together: a system heap that goes on in other memory where the first is full.
 *
 * What to learn here:
 * - With RT_USING_MEMHEAP_AS_HEAP (--heap rt-memheap) each memheap that the application makes is
 * bound to the system heap: rt_malloc tries the internal RAM first, then the others, the one made
 * last before the one made first.
 * - rt_free and rt_realloc know by the block's header where it belongs.
 * - The RAMs are not one: a block lies in one of them, so the largest request is that of the
 * largest free piece, however much is free in all.
 * - What must be fast, or must be reached by the DMA, is not left to chance: rt_memheap_alloc names
 * its RAM.
 *
 * The check at the end: blocks landed in all three RAMs in that order, each where its address says;
 * what is larger than any piece was refused with more than that free; all is back at the end.
 */
#include <rtthread.h>

#include "heapsim.h"

#define CCM_BASE   0x10000000
#define CCM_SIZE   (16 * 1024)
#define SDRAM_BASE 0x30000000
#define SDRAM_SIZE (48 * 1024)
#define BLOCK      1000
#define BLOCKS_MAX 200

const struct sim_board sim_board = {
    .ram = "sram=0x20000000:32K,ccm=0x10000000:16K,sdram=0x30000000:48K", .heap = "rt-memheap"};

static struct rt_memheap ccm, sdram;

enum ram { SRAM, CCM, SDRAM, RAMS };

static enum ram ram_of(const void *block)
{
    const rt_ubase_t address = (rt_ubase_t)block;

    return address - CCM_BASE < CCM_SIZE ? CCM : address - SDRAM_BASE < SDRAM_SIZE ? SDRAM : SRAM;
}

struct use {
    rt_uint32_t blocks[RAMS];
    rt_uint32_t changes; /* from one RAM to the next, while filling */
    enum ram order[RAMS];
};

/* Takes blocks until there is room for none. Returns how many. */
static rt_uint32_t fill(void **blocks, struct use *use)
{
    rt_uint32_t count = 0;

    while (count < BLOCKS_MAX && (blocks[count] = rt_malloc(BLOCK)) != RT_NULL) {
        const enum ram ram = ram_of(blocks[count]);

        rt_memset(blocks[count], (int)count, BLOCK);
        use->blocks[ram]++;
        if (count == 0 || ram != ram_of(blocks[count - 1]))
            use->order[use->changes++ % RAMS] = ram;
        count++;
    }
    return count;
}

/* Bytes free in all RAMs. */
static rt_size_t free_in_all(void)
{
    rt_size_t sram_total, sram_used;

    rt_memory_info(&sram_total, &sram_used, RT_NULL);
    return sram_total - sram_used + ccm.available_size + sdram.available_size;
}

int main(void)
{
    static void *blocks[BLOCKS_MAX];
    struct use use = {{0}};
    rt_size_t before, pieces;
    rt_uint32_t count, wrong = 0, i;
    void *fast, *grown, *large;

    if (rt_memheap_init(&sdram, "sdram", (void *)SDRAM_BASE, SDRAM_SIZE) != RT_EOK ||
        rt_memheap_init(&ccm, "ccm", (void *)CCM_BASE, CCM_SIZE) != RT_EOK)
        return 1;
    before = free_in_all();
    fast = rt_memheap_alloc(&ccm, 4096); /* a table that has to be fast */
    wrong += ram_of(fast) != CCM;

    count = fill(blocks, &use);
    wrong += use.changes != RAMS || use.order[0] != SRAM || use.order[1] != CCM;
    grown = rt_realloc(blocks[0], 2 * BLOCK); /* no room anywhere: the old block stays */
    wrong += grown != RT_NULL;
    for (i = 0; i < count; i++)
        wrong += ((rt_uint8_t *)blocks[i])[BLOCK - 1] != (rt_uint8_t)i;
    for (i = 1; i < count; i++)
        rt_free(blocks[i]);

    grown = rt_realloc(blocks[0], SDRAM_SIZE / 2 + 12 * 1024); /* moves to where there is room */
    wrong += grown == RT_NULL || ram_of(grown) != SDRAM || *(rt_uint8_t *)grown != 0;
    pieces = free_in_all();
    large = rt_malloc(pieces / 3 * 2); /* so much is free, but in no RAM in one piece */
    wrong += large != RT_NULL;
    rt_free(grown);
    rt_memheap_free(fast);

    rt_kprintf(
        "%u blocks of %u bytes: %u in sram, then %u in ccm, then %u in sdram; with %lu bytes "
        "free in all, %lu in one piece were not to be had\n",
        count, BLOCK, use.blocks[SRAM], use.blocks[CCM], use.blocks[SDRAM], (unsigned long)pieces,
        (unsigned long)pieces / 3 * 2);
    if (wrong != 0 || free_in_all() != before) {
        rt_kprintf("FAILED: %u checks wrong; %lu bytes free before, %lu after\n", wrong,
                   (unsigned long)before, (unsigned long)free_in_all());
        return 1;
    }
    return 0;
}
