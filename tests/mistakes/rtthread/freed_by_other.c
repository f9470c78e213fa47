/*
 * The sender frees a message as soon as it was sent; the reader comes to it later.
 *
 * Expected: use-after-free by task 'reader'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 * Says: Allocated by task 'sender'
 * Says: Freed by task 'sender'
 */
#include <rtthread.h>

struct message {
    int number;
    char text[28];
};

static rt_mq_t queue;

static void sender(void *parameter)
{
    struct message *message = rt_malloc(sizeof *message); /* TAKEN */

    message->number = 5;
    rt_mq_send(queue, &message, sizeof message);
    rt_free(message); /* FREED */
}

static void reader(void *parameter)
{
    struct message *message;

    rt_mq_recv(queue, &message, sizeof message, RT_WAITING_FOREVER);
    rt_kprintf("%d\n", message->number); /* MISTAKE */
}

int main(void)
{
    queue = rt_mq_create("queue", sizeof(struct message *), 4, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("sender", sender, RT_NULL, 1024, 12, 5));
    rt_thread_startup(rt_thread_create("reader", reader, RT_NULL, 1024, 14, 5));
    rt_thread_mdelay(10);
    return 0;
}
