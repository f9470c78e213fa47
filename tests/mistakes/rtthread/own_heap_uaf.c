/*
 * A small-mem heap of the application's own, in a static array; its block is written after the
 * free.
 *
 * Expected: use-after-free by task 'main'
 * Says: 'font'
 */
#include <rtthread.h>

static rt_uint8_t memory[2048];

int main(void)
{
    rt_smem_t font = rt_smem_init("font", memory, sizeof memory);
    rt_uint16_t *glyph = rt_smem_alloc(font, 32); /* TAKEN */

    glyph[0] = 1;
    rt_smem_free(glyph); /* FREED */
    glyph[15] = 2;       /* MISTAKE */
    return 0;
}
