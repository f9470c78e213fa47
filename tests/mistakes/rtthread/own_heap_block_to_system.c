/*
 * A block of the application's own small-mem heap is given to rt_free.
 *
 * Expected: wrong-heap by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Says: 'font'
 */
#include <rtthread.h>

static rt_uint8_t memory[2048];

int main(void)
{
    rt_smem_t font = rt_smem_init("font", memory, sizeof memory);
    char *glyph = rt_smem_alloc(font, 32); /* TAKEN */

    glyph[0] = 1;
    rt_free(glyph); /* MISTAKE */
    return 0;
}
