/*
 * A frame is cleared with the size of another buffer.
 *
 * Expected: heap-overflow by task 'radio'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

#define HEADER 12
#define FRAME  120

static void send(void *parameter)
{
    unsigned char *header = rt_malloc(HEADER); /* TAKEN */
    unsigned char *frame = rt_malloc(FRAME);

    memset(header, 0, FRAME); /* MISTAKE */
    memset(frame, 0x55, FRAME);
    header[0] = frame[0];
    rt_free(frame);
    rt_free(header);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("radio", send, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
