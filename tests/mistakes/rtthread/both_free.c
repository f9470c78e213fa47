/*
 * The reader frees a message when it has read it, and so does the sender when it was told so.
 *
 * Expected: double-free by task 'sender'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 * Says: Freed by task 'reader'
 * Says: Allocated by task 'sender'
 */
#include <rtthread.h>

static rt_mailbox_t mail;
static rt_sem_t done;

static void reader(void *parameter)
{
    rt_ubase_t message;

    rt_mb_recv(mail, &message, RT_WAITING_FOREVER);
    rt_free((void *)message); /* FREED */
    rt_sem_release(done);
}

static void sender(void *parameter)
{
    char *message = rt_malloc(80); /* TAKEN */

    message[0] = 'x';
    rt_mb_send(mail, (rt_ubase_t)message);
    rt_sem_take(done, RT_WAITING_FOREVER);
    rt_free(message); /* MISTAKE */
}

int main(void)
{
    mail = rt_mb_create("mail", 4, RT_IPC_FLAG_FIFO);
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("reader", reader, RT_NULL, 1024, 12, 5));
    rt_thread_startup(rt_thread_create("sender", sender, RT_NULL, 1024, 13, 5));
    rt_thread_mdelay(10);
    return 0;
}
