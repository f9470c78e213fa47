/*
 * Heaps of each kind in static arrays; afterwards the arrays are used for something else.
 *
 * Expected: nothing
 * Run: --leaks
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

static rt_uint8_t small[2048], large[256 * 1024], second[4096] __attribute__((aligned(8)));
static struct rt_memheap sdram;

int main(void)
{
    rt_smem_t smem = rt_smem_init("small", small, sizeof small);
    rt_slab_t slab = rt_slab_init("large", large, sizeof large);
    char *a, *b, *c;

    rt_memheap_init(&sdram, "sdram", second, sizeof second);
    a = rt_smem_alloc(smem, 100);
    b = rt_slab_alloc(slab, 5000);
    c = rt_memheap_alloc(&sdram, 300);
    memset(a, 1, 100);
    memset(b, 2, 5000);
    memset(c, 3, 300);
    c = rt_memheap_realloc(&sdram, c, 600);
    memset(c, 4, 600);
    rt_smem_free(a);
    rt_slab_free(slab, b);
    rt_memheap_free(c);
    rt_smem_detach(smem);
    rt_slab_detach(slab);
    rt_memheap_detach(&sdram);
    memset(small, 0, sizeof small);
    memset(large, 0, sizeof large);
    memset(second, 0, sizeof second);
    return 0;
}
