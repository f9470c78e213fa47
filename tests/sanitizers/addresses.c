/*
 * Where blocks lie, of all calls of a correct program: sanitizers change nothing of it.
 */
#include <rtthread.h>
#include <stdio.h>
#include <string.h>

enum { BLOCKS = 12 };

static void tell(const char *call, const void *block)
{
    rt_kprintf("%s 0x%08x\n", call, (unsigned)(rt_ubase_t)block);
}

static void heap_calls(void)
{
    char *blocks[BLOCKS];

    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = rt_malloc((rt_size_t)(7 + 13 * i));
        memset(blocks[i], i, (rt_size_t)(7 + 13 * i));
        tell("malloc", blocks[i]);
    }
    for (int i = 0; i < BLOCKS; i += 3)
        rt_free(blocks[i]);
    for (int i = 1; i < BLOCKS; i += 3) {
        blocks[i] = rt_realloc(blocks[i], (rt_size_t)(40 * i));
        blocks[i][40 * i - 1] = 1;
        tell("realloc", blocks[i]);
    }
    for (int i = 0; i < BLOCKS; i += 3) {
        blocks[i] = rt_calloc(3, 11);
        tell("calloc", blocks[i]);
        if (blocks[i][32] != 0)
            tell("not cleared", blocks[i]);
    }
    char *const aligned = rt_malloc_align(50, 64);
    memset(aligned, 1, 50);
    tell("malloc_align", aligned);
    rt_free_align(aligned);
    for (int i = 0; i < BLOCKS; i++)
        rt_free(blocks[i]);
}

static void pool_calls(void)
{
    rt_mp_t const pool = rt_mp_create("pool", 6, 20);
    char *blocks[6];

    for (int i = 0; i < 6; i++) {
        blocks[i] = rt_mp_alloc(pool, 0);
        memset(blocks[i], i, 20);
        tell("mp_alloc", blocks[i]);
    }
    for (int i = 0; i < 6; i++)
        rt_mp_free(blocks[i]);
    tell("mp_alloc", blocks[0] = rt_mp_alloc(pool, 0));
    rt_mp_free(blocks[0]);
    rt_mp_delete(pool);
}

static void memheap_calls(void)
{
    char *const ram = rt_malloc_align(1000, 8); /* TLSF gives 4-aligned blocks */
    struct rt_memheap heap;

    rt_memheap_init(&heap, "inner", ram, 1000);
    char *const block = rt_memheap_alloc(&heap, 33);
    memset(block, 1, 33);
    tell("memheap_alloc", block);
    char *const larger = rt_memheap_realloc(&heap, block, 99);
    memset(larger, 1, 99);
    tell("memheap_realloc", larger);
    rt_memheap_free(larger);
    rt_memheap_detach(&heap);
    memset(ram, 1, 1000);
    rt_free_align(ram);
}

static void work(void *unused)
{
    heap_calls();
    pool_calls();
    memheap_calls();
}

int main(void)
{
    rt_thread_startup(rt_thread_create("work", work, RT_NULL, 8192, 10, 10));
    rt_thread_mdelay(10);
    return 0;
}
