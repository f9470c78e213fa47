/*
 * A memheap inside a block of the system heap: used, detached, and the block is a plain one again.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 */
#include <rtthread.h>
#include <string.h>

#define SIZE 1024

static struct rt_memheap cache;

int main(void)
{
    char *memory = rt_malloc(SIZE);
    char *pages[3];
    int round, i;

    memset(memory, 0xff, SIZE);
    for (round = 0; round < 2; round++) {
        rt_memheap_init(&cache, "cache", memory, SIZE);
        for (i = 0; i < 3; i++) {
            pages[i] = rt_memheap_alloc(&cache, 100);
            memset(pages[i], i, 100);
        }
        for (i = 0; i < 3; i++)
            rt_memheap_free(pages[i]);
        rt_memheap_detach(&cache);
        memset(memory, 0, SIZE);
    }
    rt_free(memory);
    return 0;
}
