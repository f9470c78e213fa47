/*
 * fuzz_heap_corrupt: metadata is overwritten, byte by byte, in the middle of a program on any
 * allocator. The check must say so, or nothing that it would be wrong about has changed: then the
 * heap still shows the blocks that are live. After that every call comes back, what it returns lies
 * in the heap, and nothing outside is touched.
 */
#include <stdio.h>

#include "../sim/diagnose.h"
#include "fail.h"
#include "heap_verbs.h"
#include "target.h"

enum { VERB_OVERWRITE = HEAP_VERBS, VERB_OVERWRITE_NEAR, VERB_OVERWRITE_WORD };

enum { NEAR_BEFORE = 40 }; /* bytes: no header is longer */

static const struct language_verb verbs[] = {
    HEAP_VERB_TABLE,
    [VERB_OVERWRITE] = {"overwrite", {{"region", 'b'}, {"at", 'h'}, {"change", 'b'}}},
    [VERB_OVERWRITE_NEAR] = {"overwrite-near", {{"block", 'b'}, {"offset", 'b'}, {"change", 'b'}}},
    [VERB_OVERWRITE_WORD] = {"overwrite-word", {{"block", 'b'}, {"word", 'b'}, {"value", 'w'}}},
    {.name = NULL}};
static struct actor actor;

static bool begin(const uint32_t *header)
{
    unsigned count = 0;

    while (heap_allocators[count] != NULL)
        count++;
    const struct heap_ops *const ops = heap_allocators[header[0] % count];
    fail_about(ops->name);
    return actor_begin(&actor, &subjects[0], ops, &header[1]);
}

/* --- what the heap shows, against what the model knows --- */

struct comparison {
    const struct model *model;
    unsigned live; /* blocks of the model that the walk came by */
};

static bool look_at(void *context, const struct heap_block *block)
{
    struct comparison *const c = context;

    for (unsigned i = 0; block->used && i < c->model->count; i++)
        if (c->model->blocks[i].address - block->payload < block->usable &&
            c->model->blocks[i].size <= block->usable)
            c->live++;
    return true;
}

static void check_tells(void)
{
    struct heap *const heap = &subjects[0].heap;
    struct comparison c = {.model = &actor.model};
    struct heap_fault fault;

    if (!heap->ops->check(heap, &fault))
        return;
    heap->ops->walk(heap, look_at, &c);
    if (c.live != actor.model.count)
        fail("metadata was overwritten so that live blocks are lost, and the check says nothing");
}

/* An application's own bytes are no metadata. */
static bool is_contents(taddr_t at)
{
    for (unsigned i = 0; i < actor.model.count; i++)
        if (at - actor.model.blocks[i].address < actor.model.blocks[i].size)
            return true;
    return false;
}

static void overwrite(taddr_t at, uint32_t change)
{
    const bool first = !actor.overwritten;

    if (first && is_contents(at))
        return;
    if (actor_overwrite(&actor, at, (uint8_t)(1 + change % 255)) && first)
        check_tells();
}

/* About the header of a block that was once given out, or of the one behind it. */
static taddr_t near(uint32_t block, uint32_t offset)
{
    const struct model_block *const b = &actor.model.blocks[block % actor.model.count];

    return b->address - NEAR_BEFORE + offset % NEAR_BEFORE +
           (offset / NEAR_BEFORE & 1) * (b->size + NEAR_BEFORE);
}

/* A whole word is metadata if its first byte is. */
static void overwrite_word(taddr_t at, uint32_t value)
{
    const struct heap *const heap = &subjects[0].heap;

    at &= ~3u;
    if ((!actor.overwritten && (is_contents(at) || is_contents(at + 3))) ||
        !heap_contains(heap, at, 4))
        return;
    const uint32_t change = load32(at) ^ value;
    for (unsigned i = 0; i < 4; i++)
        if ((change >> 8 * i & 0xff) != 0)
            overwrite(at + i, (change >> 8 * i & 0xff) - 1);
}

static void act(unsigned verb, const uint32_t *operands)
{
    const struct heap *const heap = &subjects[0].heap;

    if (verb == VERB_OVERWRITE)
        overwrite(heap->regions[operands[0] % heap->region_count].begin + operands[1], operands[2]);
    else if (verb == VERB_OVERWRITE_NEAR && actor.model.count > 0)
        overwrite(near(operands[0], operands[1]), operands[2]);
    else if (verb == VERB_OVERWRITE_WORD && actor.model.count > 0)
        overwrite_word(near(operands[0], operands[1]), operands[2]);
    else if (verb >= HEAP_VERBS)
        return;
    else
        actor_act(&actor, (enum heap_verb)verb, operands);
}

static void end(void)
{
    actor_end(&actor);
}

const struct language fuzz_language = {.header = {{"allocator", 'b'}, LAYOUT_HEADER},
                                       .verbs = verbs,
                                       .begin = begin,
                                       .act = act,
                                       .end = end};

static void print_heap(void)
{
    subject_print(&subjects[0]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fail_also(print_heap);
    diagnose_set_policy(VIOLATION_RETURN);
    subject_map(1);
    return 0;
}
