/*
 * A list is freed, and the next node is read from the one that was just freed.
 *
 * Expected: use-after-free by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

struct node {
    int key;
    struct node *next;
};

static struct node *head;

static void push(int key)
{
    struct node *node = rt_malloc(sizeof *node); /* TAKEN */

    node->key = key;
    node->next = head;
    head = node;
}

static void clear(void)
{
    struct node *node;

    for (node = head; node != RT_NULL; node = node->next) /* MISTAKE */
        rt_free(node);                                    /* FREED */
    head = RT_NULL;
}

int main(void)
{
    push(1);
    push(2);
    push(3);
    clear();
    return 0;
}
