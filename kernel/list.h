/* Circular doubly linked list, intrusive: a list head is a node of its own. */
#ifndef HEAPSIM_LIST_H
#define HEAPSIM_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* An empty list, or a node on no list. */
static inline void list_init(struct list *node)
{
    node->next = node->prev = node;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

/* Puts `node` before `place`: at the tail, if place is the list's head. */
static inline void list_insert(struct list *place, struct list *node)
{
    node->next = place;
    node->prev = place->prev;
    place->prev->next = node;
    place->prev = node;
}

static inline void list_add_tail(struct list *head, struct list *node)
{
    list_insert(head, node);
}

static inline void list_add_head(struct list *head, struct list *node)
{
    list_insert(head->next, node);
}

/* The node is on no list afterwards; may be called for such a node too. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

#endif
