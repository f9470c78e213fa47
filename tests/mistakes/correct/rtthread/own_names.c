/*
 * An application whose own names are those of heapsim's kernel.
 *
 * Expected: nothing
 * Run: --leaks
 */
#include <rtthread.h>

#include <string.h>

struct list {
    struct list *next;
    int value;
};
struct task {
    int id;
};
struct pool {
    int left;
};
struct timer;
struct queue;
struct event;
struct mutex;
enum states { TAKEN, TASK_READY, TASK_RUNNING };
#define COLD 3

static struct list *head;
static struct rt_mempool samples;
static char room[256];

static void list_insert(struct list *item)
{
    item->next = head;
    head = item;
}

static int pool_init(struct pool *pool)
{
    pool->left = COLD;
    return TAKEN;
}

static int heap_alloc(struct task *task, int queue_send)
{
    task->id = queue_send;
    return TASK_RUNNING;
}

int main(void)
{
    struct list *const item = rt_malloc(sizeof *item);
    struct pool pool;
    struct task task;

    if (item == RT_NULL)
        return 1;
    item->value = pool_init(&pool) + heap_alloc(&task, 0);
    list_insert(item);
    rt_mp_init(&samples, "samples", room, sizeof room, 16);
    void *const block = rt_mp_alloc(&samples, RT_WAITING_NO);
    memset(block, 0, 16);
    rt_mp_free(block);
    rt_mp_detach(&samples);
    head = item->next;
    rt_free(item);
    return task.id + pool.left - COLD;
}
