/*
 * A checksum is taken over the sender's length, not the block's.
 *
 * Expected: heap-overflow by task 'net'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap tlsf
 * Says: a read of 1 byte
 */
#include <rtthread.h>
#include <string.h>

static unsigned checksum(const unsigned char *data, rt_size_t size)
{
    unsigned sum = 0;

    while (size-- > 0)
        sum = sum * 31 + *data++; /* MISTAKE */
    return sum;
}

static void receive(void *parameter)
{
    unsigned char *data = rt_malloc(33); /* TAKEN */

    memset(data, 1, 33);
    rt_kprintf("%u\n", checksum(data, 33));
    rt_kprintf("%u\n", checksum(data, 40));
    rt_free(data);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("net", receive, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
