/*
 * A block of the second RAM is freed twice.
 *
 * Expected: double-free by task 'main'
 * Says: 'sdram'
 */
#include <rtthread.h>

static struct rt_memheap sdram;
static rt_uint8_t memory[4096];
static void *picture;

static void close_viewer(void)
{
    rt_memheap_free(picture); /* FREED */
}

static void shut_down(void)
{
    rt_memheap_free(picture); /* MISTAKE */
}

int main(void)
{
    rt_memheap_init(&sdram, "sdram", memory, sizeof memory);
    picture = rt_memheap_alloc(&sdram, 300); /* TAKEN */
    close_viewer();
    shut_down();
    return 0;
}
