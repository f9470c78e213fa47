/*
 * A picture in the second RAM gets one line more than it has.
 *
 * Expected: heap-overflow by task 'lcd'
 * Says: 'sdram'
 */
#include <rtthread.h>
#include <string.h>

#define WIDTH  40
#define HEIGHT 10

static struct rt_memheap sdram;
static rt_uint8_t memory[4096];

static void draw(void *parameter)
{
    rt_uint8_t *picture = rt_memheap_alloc(&sdram, WIDTH * HEIGHT); /* TAKEN */
    int y;

    for (y = 0; y <= HEIGHT; y++)
        memset(picture + y * WIDTH, y, WIDTH); /* MISTAKE */
    rt_memheap_free(picture);
}

int main(void)
{
    rt_memheap_init(&sdram, "sdram", memory, sizeof memory);
    rt_thread_startup(rt_thread_create("lcd", draw, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
