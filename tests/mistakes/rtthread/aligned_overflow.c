/*
 * A buffer for DMA is aligned to 64 bytes, and one word too short.
 *
 * Expected: heap-overflow by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap tlsf
 */
#include <rtthread.h>

#define WORDS 32

static void prepare(rt_uint32_t *words, int count)
{
    while (count-- > 0)
        *words++ = 0xa5a5a5a5; /* MISTAKE */
}

int main(void)
{
    rt_uint32_t *words = rt_malloc_align(WORDS * 4, 64); /* TAKEN */

    prepare(words, WORDS);
    prepare(words + 1, WORDS);
    rt_free_align(words);
    return 0;
}
