/*
 * A packet is copied by the length that its sender claims.
 *
 * Expected: heap-overflow by task 'net'
 * Run: --heap rt-small-mem
 * Run: --heap rt-memheap
 */
#include <rtthread.h>
#include <string.h>

struct packet {
    unsigned short length;
    unsigned char data[200];
};

static struct packet received = {.length = 72};

static void receive(void *parameter)
{
    const struct packet *packet = parameter;
    unsigned char *copy = rt_malloc(64); /* TAKEN */

    if (copy == RT_NULL)
        return;
    rt_memcpy(copy, packet->data, packet->length); /* MISTAKE */
    rt_free(copy);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("net", receive, &received, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
