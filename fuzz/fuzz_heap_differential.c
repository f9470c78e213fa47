/*
 * fuzz_heap_differential: one program on all allocators at once, each in RAM of its own and beside
 * a model of its own. Where they must agree they do: what is larger than any of them is refused by
 * all, what each has far more room for than it needs is served by all.
 */
#include <stdio.h>
#include <string.h>

#include "../sim/diagnose.h"
#include "fail.h"
#include "heap_verbs.h"
#include "target.h"

/* Of each live block at most, and as many blocks: then a fresh heap of this size serves them all.
 */
enum { ROOMY = 1 << 16, ROOMY_REQUEST = 64, ROOMY_BLOCKS = 16 };

static const struct language_verb verbs[] = {HEAP_VERB_TABLE, {.name = NULL}};
static struct actor actors[SUBJECTS];
static bool takes_part[SUBJECTS];
static bool resized; /* some block, by now */
static unsigned allocators;

/* The same region for all: a header's options and regions would mean something else to each. */
static bool begin(const uint32_t *header)
{
    uint32_t plain[LAYOUT_NUMBERS] = {0};

    resized = false;
    plain[LAYOUT_REGIONS] = header[0] & 63;
    plain[LAYOUT_REGIONS + 1] = header[1];
    for (unsigned i = 0; i < allocators; i++) {
        fail_about(heap_allocators[i]->name);
        takes_part[i] = (heap_allocators[i]->capabilities & HEAP_FIXED_BLOCKS) == 0 &&
                        actor_begin(&actors[i], &subjects[i], heap_allocators[i], plain);
    }
    return true;
}

/* --- where they must agree --- */

/* So little is asked for, so little is live, that no size class or fragment can matter. */
static bool is_easy(const struct actor *a, tsize_t size)
{
    const struct model *const m = &a->model;
    tsize_t live = 0;

    for (unsigned i = 0; i < m->count; i++)
        live += m->blocks[i].size;
    return size <= ROOMY_REQUEST && m->count < ROOMY_BLOCKS && live <= ROOMY / 16;
}

/* How much must be free in one piece for that. Slab gives each size class a zone of 32 KiB. */
static tsize_t piece_needed(const struct heap_ops *ops)
{
    return strcmp(ops->name, "rt-slab") == 0 ? ROOMY / 2 : ROOMY / 4;
}

/* OneOS does not see what a realloc has cut off until its search begins lower again. */
static bool may_forget(const struct heap_ops *ops)
{
    return resized && strncmp(ops->name, "oneos-", 6) == 0;
}

static bool is_roomy(struct actor *a)
{
    struct heap *const heap = &a->subject->heap;

    return heap->regions[0].size >= ROOMY - 256 && (heap->ops->capabilities & HEAP_CAN_FREE) != 0 &&
           !a->model.rules.elsewhere && !may_forget(heap->ops) &&
           heap_largest_free(heap) >= piece_needed(heap->ops);
}

/* A block more, if one was asked for that the heap has far more room for than it needs. */
static void alloc_agrees(struct actor *a, const uint32_t *operands)
{
    const tsize_t size = operands[0];
    const unsigned before = a->model.count;
    const bool must = size > 0 && is_roomy(a) && is_easy(a, size);

    actor_act(a, VERB_ALLOC_SMALL, operands);
    if (must && a->model.count != before + 1)
        fail("a small request failed in a heap that is nearly empty");
}

static void act(unsigned verb, const uint32_t *operands)
{
    resized = resized || verb == VERB_REALLOC || verb == VERB_REALLOC_NEAR;
    for (unsigned i = 0; i < allocators; i++) {
        if (!takes_part[i])
            continue;
        fail_about(heap_allocators[i]->name);
        if (verb == VERB_ALLOC_SMALL)
            alloc_agrees(&actors[i], operands);
        else if (verb != VERB_ADD_REGION && verb != VERB_REMOVE_REGION && verb != VERB_FAITHFUL)
            actor_act(&actors[i], (enum heap_verb)verb, operands);
    }
}

static void end(void)
{
    for (unsigned i = 0; i < allocators; i++) {
        if (!takes_part[i])
            continue;
        fail_about(heap_allocators[i]->name);
        actor_end(&actors[i]);
    }
}

const struct language fuzz_language = {.header = {{"shift", 'b'}, {"size", 'h'}},
                                       .verbs = verbs,
                                       .begin = begin,
                                       .act = act,
                                       .end = end};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    diagnose_set_policy(VIOLATION_RETURN);
    while (heap_allocators[allocators] != NULL)
        allocators++;
    if (allocators > SUBJECTS)
        fail("there are more allocators than subjects");
    subject_map(allocators);
    return 0;
}
