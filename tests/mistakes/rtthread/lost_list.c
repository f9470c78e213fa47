/*
 * The head of a list is set to NULL, and its nodes are nobody's.
 *
 * Expected: leak
 * Run: --leaks
 * Run: --leaks --heap rt-memheap
 * Says: task 'main'
 */
#include <rtthread.h>

struct node {
    struct node *next;
    int value;
};

static struct node *head;

static void push(int value)
{
    struct node *node = rt_malloc(sizeof *node); /* TAKEN */

    node->value = value;
    node->next = head;
    head = node;
}

int main(void)
{
    push(1);
    push(2);
    push(3);
    head = RT_NULL;
    return 0;
}
