/*
 * A picture from the second RAM's memheap is given to the system heap.
 *
 * Expected: wrong-heap by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap tlsf
 * Says: 'sdram'
 */
#include <rtthread.h>

static struct rt_memheap sdram;
static rt_uint8_t memory[4096];

static unsigned char *new_picture(rt_size_t size)
{
    return rt_memheap_alloc(&sdram, size); /* TAKEN */
}

int main(void)
{
    unsigned char *picture;

    rt_memheap_init(&sdram, "sdram", memory, sizeof memory);
    picture = new_picture(1000);
    picture[999] = 1;
    rt_free(picture); /* MISTAKE */
    return 0;
}
