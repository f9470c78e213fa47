/*
 * A block of the system heap is given to the memheap of the second RAM.
 *
 * Expected: wrong-heap by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 */
#include <rtthread.h>

static struct rt_memheap sdram;
static rt_uint8_t memory[4096];

int main(void)
{
    char *text, *picture;

    rt_memheap_init(&sdram, "sdram", memory, sizeof memory);
    picture = rt_memheap_alloc(&sdram, 500);
    text = rt_malloc(40); /* TAKEN */
    picture[0] = text[0] = 'a';
    rt_memheap_free(picture);
    rt_memheap_free(text); /* MISTAKE */
    return 0;
}
