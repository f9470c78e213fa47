#include "deadline.h"

#include "../assert.h"

static bool comes_before(const struct deadline *a, const struct deadline *b)
{
    const int32_t distance = (int32_t)(a->tick - b->tick);

    return distance != 0 ? distance < 0 : (int32_t)(a->order - b->order) < 0;
}

/* Two heaps become one: the later root is the first child of the other. */
static struct deadline *meld(struct deadline *a, struct deadline *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    if (comes_before(b, a)) {
        struct deadline *const other = a;

        a = b;
        b = other;
    }
    b->next = a->child;
    b->back = a;
    if (a->child != NULL)
        a->child->back = b;
    a->child = b;
    a->next = a->back = NULL;
    return a;
}

/* The children of a node that goes become one heap: in pairs from the left, then from the right. */
static struct deadline *meld_siblings(struct deadline *first)
{
    struct deadline *pairs = NULL; /* linked by `next`, the last one first */
    struct deadline *root = NULL;

    while (first != NULL) {
        struct deadline *const second = first->next;
        struct deadline *const rest = second != NULL ? second->next : NULL;
        struct deadline *const pair = meld(first, second);

        pair->next = pairs;
        pairs = pair;
        first = rest;
    }
    while (pairs != NULL) {
        struct deadline *const rest = pairs->next;

        pairs->next = NULL;
        root = meld(root, pairs);
        pairs = rest;
    }
    if (root != NULL)
        root->next = root->back = NULL;
    return root;
}

void deadline_start(struct deadlines *all, struct deadline *deadline, uint32_t tick)
{
    KERNEL_ASSERT(!deadline->active);
    deadline->tick = tick;
    deadline->order = all->started++;
    deadline->active = true;
    deadline->child = deadline->next = deadline->back = NULL;
    all->first = meld(all->first, deadline);
}

static void cut(struct deadline *deadline)
{
    if (deadline->back->child == deadline)
        deadline->back->child = deadline->next;
    else
        deadline->back->next = deadline->next;
    if (deadline->next != NULL)
        deadline->next->back = deadline->back;
}

void deadline_stop(struct deadlines *all, struct deadline *deadline)
{
    if (!deadline->active)
        return;
    deadline->active = false;
    if (deadline == all->first) {
        all->first = meld_siblings(deadline->child);
        return;
    }
    cut(deadline);
    all->first = meld(all->first, meld_siblings(deadline->child));
}

struct deadline *deadline_take(struct deadlines *all, uint32_t now)
{
    struct deadline *const first = all->first;

    if (first == NULL || (int32_t)(now - first->tick) < 0)
        return NULL;
    deadline_stop(all, first);
    return first;
}

uint32_t deadline_distance(const struct deadlines *all, uint32_t now)
{
    if (all->first == NULL)
        return UINT32_MAX;
    const int32_t left = (int32_t)(all->first->tick - now);
    return left > 0 ? (uint32_t)left : 0;
}
