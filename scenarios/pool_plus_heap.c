/*
 * Pools and heap together: the same work on a heap alone, and with pools for what comes often.
 *
 * What to learn here:
 * - Nine of ten blocks of this program have one of three sizes. With a pool for each they take one
 * step, whatever else lives, and leave no holes.
 * - Pools have their price: they are made for the worst case, and what one has left over, nobody
 * else can use.
 * - The rest, of all sizes, lives in the heap. There is less of it now, so searches are shorter.
 *
 * The check at the end: where the heap takes more than three steps for an operation, pools and heap
 * take less than half of them, and nowhere clearly more; both times every block held its contents,
 * and all came back.
 */
#include <rtthread.h>

#include "heapsim.h"

#define LIVE  400
#define STEPS 20000
#define KINDS 3

const struct sim_board sim_board = {.ram = "ram=0x20000000:192K"};

static const rt_uint32_t sizes[KINDS] = {24, 48, 120}; /* timer, message, connection */
static const rt_uint32_t most[KINDS] = {160, 160, 160};

struct item {
    void *block;
    rt_uint32_t size;
    rt_mp_t pool; /* RT_NULL: from the heap */
};

static struct item items[LIVE];
static rt_mp_t pools[KINDS];
static rt_uint32_t overflows, wrong;

static void take(struct item *item)
{
    const rt_uint32_t kind = sim_random(10) < 9 ? sim_random(KINDS) : KINDS;

    item->size = kind < KINDS ? sizes[kind] : 16 + sim_random(300);
    item->pool = kind < KINDS ? pools[kind] : RT_NULL;
    item->block = item->pool != RT_NULL ? rt_mp_alloc(item->pool, RT_WAITING_NO) : RT_NULL;
    if (item->block == RT_NULL) { /* no pool, or an empty one */
        overflows += item->pool != RT_NULL;
        item->pool = RT_NULL;
        item->block = rt_malloc(item->size);
    }
    if (item->block != RT_NULL)
        rt_memset(item->block, (int)item->size, item->size);
}

static void give(struct item *item)
{
    if (item->block == RT_NULL)
        return;
    wrong += ((rt_uint8_t *)item->block)[item->size - 1] != (rt_uint8_t)item->size;
    if (item->pool != RT_NULL)
        rt_mp_free(item->block);
    else
        rt_free(item->block);
    item->block = RT_NULL;
}

/* The work; what the heaps did for it, and their state while all lives. */
static struct sim_heap_figures work(const char *name)
{
    struct sim_heap_figures figures, end;
    rt_uint32_t i;

    sim_heap_figures(&figures);
    for (i = 0; i < STEPS; i++) {
        struct item *item = &items[sim_random(LIVE)];

        give(item);
        take(item);
    }
    sim_heap_figures(&figures);
    for (i = 0; i < LIVE; i++)
        give(&items[i]);
    sim_heap_figures(&end);
    figures.used_max = end.used_max;
    rt_kprintf("%-15s %3u.%02u steps on average, %3u at worst; %u bytes used at most; %u are free, "
               "the largest block has %u\n",
               name, (rt_uint32_t)(figures.steps / figures.operations),
               (rt_uint32_t)(figures.steps * 100 / figures.operations % 100), figures.steps_worst,
               figures.used_max, figures.free, figures.largest_free);
    return figures;
}

int main(void)
{
    struct sim_heap_figures alone, pooled;
    rt_size_t before, after;
    rt_uint32_t i;

    rt_thread_delay(1);
    rt_memory_info(RT_NULL, &before, RT_NULL);
    alone = work("heap alone:");
    for (i = 0; i < KINDS; i++)
        pools[i] = rt_mp_create("pool", most[i], sizes[i]);
    pooled = work("pools and heap:");
    for (i = 0; i < KINDS; i++)
        if (pools[i] != RT_NULL)
            rt_mp_delete(pools[i]);
    rt_memory_info(RT_NULL, &after, RT_NULL);
    const rt_uint32_t refused =
        alone.failures + pooled.failures - overflows; /* an empty pool's too */
    rt_kprintf("%u times a pool was empty\n", overflows);
    if ((alone.steps > 3 * alone.operations &&
         (pooled.steps > alone.steps / 2 || pooled.steps_worst > alone.steps_worst)) ||
        pooled.steps > alone.steps + alone.steps / 20 || wrong != 0 || refused != 0 ||
        after != before) {
        rt_kprintf("FAILED: %u blocks wrong, %u requests refused; heap %lu before, %lu after\n",
                   wrong, refused, (unsigned long)before, (unsigned long)after);
        return 1;
    }
    return 0;
}
