#include "race_stack.h"

#include <string.h>

#include "race_context.h"

enum { NODES = 1 << 16, BUCKETS = 1 << 17 };

struct node {
    uint32_t parent;
    uint32_t caller;
    uint32_t depth;
};

struct tree {
    uint32_t count; /* of nodes, the root included */
    struct node nodes[NODES];
    uint32_t buckets[BUCKETS]; /* indices of nodes, by parent and caller; 0: free */
};

static struct tree *tree;

bool race_stack_start(void)
{
    tree = sparse_memory(sizeof *tree);
    if (tree != NULL)
        tree->count = 1;
    return tree != NULL;
}

void race_stack_reset(void)
{
    memset(tree->buckets, 0, sizeof tree->buckets);
    tree->count = 1;
}

uint32_t race_stack_call(uint32_t node, uint32_t caller)
{
    const uint64_t hash = ((uint64_t)node << 32 | caller) * 0x9e3779b97f4a7c15u;
    uint32_t place = (uint32_t)(hash >> 44) % BUCKETS;

    for (uint32_t found; (found = tree->buckets[place]) != 0; place = (place + 1) % BUCKETS)
        if (tree->nodes[found].parent == node && tree->nodes[found].caller == caller)
            return found;
    if (tree->count == NODES || tree->nodes[node].depth == RACE_STACK_DEPTH)
        return RACE_STACK_ROOT;
    const uint32_t fresh = tree->count++;
    tree->nodes[fresh] = (struct node){node, caller, tree->nodes[node].depth + 1};
    tree->buckets[place] = fresh;
    return fresh;
}

uint32_t race_stack_parent(uint32_t node)
{
    return tree->nodes[node].parent;
}

size_t race_stack_frames(uint32_t node, const void **frames, size_t room)
{
    size_t count = 0;

    for (; node != RACE_STACK_ROOT && count < room; node = tree->nodes[node].parent)
        frames[count++] = (const void *)(uintptr_t)tree->nodes[node].caller;
    return count;
}
