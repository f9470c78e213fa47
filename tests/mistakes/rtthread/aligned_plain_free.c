/*
 * An aligned block is given to rt_free instead of rt_free_align.
 *
 * Expected: interior-pointer by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Says: Give it back with rt_free_align.
 */
#include <rtthread.h>

int main(void)
{
    char *buffer = rt_malloc_align(200, 64); /* TAKEN */

    buffer[0] = 1;
    rt_free(buffer); /* MISTAKE */
    return 0;
}
