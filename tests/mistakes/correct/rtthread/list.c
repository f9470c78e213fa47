/*
 * A list is built, walked, and freed with the next node read first.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>

struct node {
    struct node *next;
    int key;
};

static struct node *head;

static void push(int key)
{
    struct node *node = rt_malloc(sizeof *node);

    node->key = key;
    node->next = head;
    head = node;
}

static void empty(void)
{
    while (head != RT_NULL) {
        struct node *next = head->next;

        rt_free(head);
        head = next;
    }
}

int main(void)
{
    int i;

    for (i = 0; i < 20; i++)
        push(i);
    empty();
    push(1);
    empty();
    return 0;
}
