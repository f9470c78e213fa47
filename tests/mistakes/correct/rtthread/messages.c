/*
 * Blocks go from task to task by a queue; who receives one frees it.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>

struct message {
    int number;
    char text[20];
};

static rt_mq_t queue;
static int received;

static void sender(void *parameter)
{
    int i;

    for (i = 0; i < 20; i++) {
        struct message *message = rt_malloc(sizeof *message);

        message->number = i;
        rt_snprintf(message->text, sizeof message->text, "message %d", i);
        rt_mq_send_wait(queue, &message, sizeof message, RT_WAITING_FOREVER);
    }
}

static void receiver(void *parameter)
{
    struct message *message;

    while (received < 20) {
        rt_mq_recv(queue, &message, sizeof message, RT_WAITING_FOREVER);
        received += message->text[8] == '0' + message->number % 10 || message->number > 9;
        rt_free(message);
    }
}

int main(void)
{
    queue = rt_mq_create("queue", sizeof(struct message *), 4, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("sender", sender, RT_NULL, 1024, 13, 5));
    rt_thread_startup(rt_thread_create("receiver", receiver, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(50);
    rt_mq_delete(queue);
    return received == 20 ? 0 : 1;
}
