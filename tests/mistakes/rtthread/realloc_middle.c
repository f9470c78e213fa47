/*
 * The read position is given to realloc instead of the buffer.
 *
 * Expected: interior-pointer by task 'reader'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

struct buffer {
    char *begin, *at;
};

static void grow(struct buffer *buffer)
{
    buffer->at = rt_realloc(buffer->at, 128); /* MISTAKE */
}

static void reader(void *parameter)
{
    struct buffer buffer;

    buffer.begin = buffer.at = rt_malloc(64); /* TAKEN */
    while (buffer.at < buffer.begin + 8)
        *buffer.at++ = 'a';
    grow(&buffer);
    rt_free(buffer.begin);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("reader", reader, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
