/*
 * Aligned blocks are written to their ends, and freed with their own call.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

int main(void)
{
    static const rt_size_t aligns[] = {4, 8, 16, 32, 64, 128, 1024};
    char *blocks[7];
    unsigned i;

    for (i = 0; i < 7; i++) {
        blocks[i] = rt_malloc_align(40 + 4 * i, aligns[i]);
        if ((rt_ubase_t)blocks[i] % aligns[i] != 0)
            return 1;
        memset(blocks[i], (int)i, 40 + 4 * i);
    }
    for (i = 0; i < 7; i++)
        rt_free_align(blocks[i]);
    rt_free_align(RT_NULL);
    return 0;
}
