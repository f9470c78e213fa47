/*
 * A leak on the way that is seldom taken: a message with a wrong checksum is dropped, its buffer
 * too, but only one of them is given back.
 *
 * What to learn here:
 * - Nothing fails for a long time: 1 message in 16 is damaged, and the heap is large. Run it with
 *   --leaks: the line that allocated what nobody has any more is named at the end.
 * - --snapshot 50ms --snapshot 150ms says what grew in between: the leak, and the log, which
 *   somebody still holds. The second is no leak, and grows all the same.
 * - --fix frees on every way out.
 *
 * The check at the end: as many messages were handled as came.
 */
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define MESSAGES 200
#define DAMAGED  16 /* one of so many */

struct entry {
    struct entry *next;
    unsigned length;
};

static struct entry *log_of_all;
static unsigned handled;
static rt_sem_t done;

static char *receive(unsigned number, unsigned *length)
{
    char *const message = rt_malloc(64);

    *length = 24 + number % 32;
    memset(message, (int)number, *length);
    return message;
}

static void note(unsigned length)
{
    struct entry *const entry = rt_malloc(sizeof *entry);

    entry->next = log_of_all;
    entry->length = length;
    log_of_all = entry;
}

static void handle(unsigned number)
{
    unsigned length;
    char *const message = receive(number, &length);

    handled++;
    if (number % DAMAGED == 0) {
        if (sim_fixed())
            rt_free(message);
        return; /* without it the message is lost */
    }
    if (number % 10 == 0)
        note(length);
    rt_free(message);
}

static void run_link(void *argument)
{
    for (unsigned number = 1; number <= MESSAGES; number++) {
        handle(number);
        rt_thread_mdelay(1);
    }
    rt_sem_release(done);
}

int main(void)
{
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("link", run_link, RT_NULL, 1024, 10, 10));
    rt_sem_take(done, RT_WAITING_FOREVER);
    return handled == MESSAGES ? 0 : 1;
}
