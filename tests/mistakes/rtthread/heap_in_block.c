/*
 * A heap inside a block of the system heap: its memory is freed, its blocks are still used.
 *
 * Expected: use-after-free by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 */
#include <rtthread.h>

static struct rt_memheap cache;

int main(void)
{
    void *memory = rt_malloc(1024); /* TAKEN */
    char *page;

    rt_memheap_init(&cache, "cache", memory, 1024);
    page = rt_memheap_alloc(&cache, 100);
    page[0] = 'a';
    rt_memheap_detach(&cache);
    rt_free(memory); /* FREED */
    page[1] = 'b';   /* MISTAKE */
    return 0;
}
