/*
 * A memory pool inside a block of the system heap, detached again.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 */
#include <rtthread.h>
#include <string.h>

static struct rt_mempool pool;

int main(void)
{
    char *memory = rt_malloc(400);
    char *first, *second;

    rt_mp_init(&pool, "pool", memory, 400, 50);
    first = rt_mp_alloc(&pool, 0);
    second = rt_mp_alloc(&pool, 0);
    memset(first, 1, 50);
    memset(second, 2, 50);
    rt_mp_free(first);
    rt_mp_free(second);
    rt_mp_detach(&pool);
    memset(memory, 3, 400);
    rt_free(memory);
    return 0;
}
