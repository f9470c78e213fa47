#include "heap_verbs.h"

#include "../sim/diagnose.h"
#include "fail.h"

enum { WHOLE_EVERY = 16 };

#define CALL HEAP_CALL("fuzz")

static struct heap *heap_of(struct actor *a)
{
    return &a->subject->heap;
}

static bool can(struct actor *a, unsigned capability)
{
    return (heap_of(a)->ops->capabilities & capability) != 0;
}

static void begin_model(struct actor *a)
{
    const struct model_rules rules = model_rules_of(heap_of(a));

    fail_if(model_begin(&a->model, heap_of(a), &rules, 1));
}

bool actor_begin(struct actor *a, struct subject *s, const struct heap_ops *ops,
                 const uint32_t *header)
{
    if (!subject_begin(s, ops, header))
        return false;
    a->subject = s;
    a->overwritten = false;
    begin_model(a);
    return true;
}

/* --- calls whose answers are not the model's --- */

/* In the heap, or nothing. */
static taddr_t sound(struct actor *a, taddr_t block)
{
    if (block != 0 && !a->model.rules.elsewhere && !heap_contains(heap_of(a), block, 1))
        fail("a call returned a block outside the heap's regions");
    return block;
}

static taddr_t raw_alloc(struct actor *a, tsize_t size)
{
    return sound(a, heap_alloc(heap_of(a), size, CALL));
}

static void raw_free(struct actor *a, taddr_t block, bool aligned)
{
    if (can(a, HEAP_CAN_FREE))
        (aligned ? heap_free_aligned : heap_free)(heap_of(a), block, CALL);
}

static void keep(struct actor *a, taddr_t block, bool aligned)
{
    if (block != 0 && a->model.count < MODEL_BLOCKS_MAX)
        a->model.blocks[a->model.count++] =
            (struct model_block){.address = block, .aligned = aligned};
}

static struct model_block forget(struct actor *a, unsigned index)
{
    const struct model_block block = a->model.blocks[index];

    a->model.blocks[index] = a->model.blocks[--a->model.count];
    return block;
}

/* --- sizes --- */

static tsize_t total(struct actor *a)
{
    struct heap_stats stats;

    heap_of(a)->ops->stats(heap_of(a), &stats);
    return stats.total;
}

/* A wrapped one is VERB_HUGE's business. */
static tsize_t at_most_total(struct actor *a, tsize_t size)
{
    return size > total(a) ? total(a) : size;
}

/* --- verbs --- */

static void allocate(struct actor *a, tsize_t size)
{
    if (a->overwritten)
        keep(a, raw_alloc(a, size), false);
    else if (a->model.count < MODEL_BLOCKS_MAX)
        fail_if(model_alloc(&a->model, size));
}

static void release(struct actor *a, unsigned index)
{
    if (!can(a, HEAP_CAN_FREE))
        return;
    if (!a->overwritten) {
        fail_if(model_free(&a->model, index));
        return;
    }
    const struct model_block block = forget(a, index);
    raw_free(a, block.address, block.aligned);
}

static void resize(struct actor *a, unsigned index, tsize_t size)
{
    const bool apart = a->model.blocks[index].aligned && can(a, HEAP_ALIGNED_APART);

    if (!can(a, HEAP_CAN_REALLOC) || apart)
        return;
    if (!a->overwritten) {
        fail_if(model_realloc(&a->model, index, size));
        return;
    }
    const struct model_block block = forget(a, index);
    keep(a, sound(a, heap_realloc(heap_of(a), block.address, size, CALL)), false);
}

static void resize_near(struct actor *a, unsigned index, uint32_t more)
{
    const tsize_t size = a->model.blocks[index].size + more;

    resize(a, index, at_most_total(a, size < 128 ? more : size - 128));
}

static void cleared(struct actor *a, tsize_t count, tsize_t size)
{
    if (a->model.count == MODEL_BLOCKS_MAX)
        return;
    if (a->overwritten)
        keep(a, sound(a, heap_alloc_cleared(heap_of(a), count, size, CALL)), false);
    else
        fail_if(model_alloc_cleared(&a->model, count, size));
}

static void aligned(struct actor *a, tsize_t size, tsize_t align)
{
    if (!can(a, HEAP_CAN_ALIGN) || a->model.count == MODEL_BLOCKS_MAX)
        return;
    if (a->overwritten)
        keep(a, sound(a, heap_alloc_aligned(heap_of(a), size, align, CALL)), true);
    else
        fail_if(model_alloc_aligned(&a->model, size, align));
}

static void bad_pointer(struct actor *a, uint32_t choice)
{
    if (!can(a, HEAP_CAN_FREE))
        return;
    if (!a->overwritten) {
        a->model.random = choice;
        fail_if(model_misuse(&a->model));
    } else if (can(a, HEAP_CAN_REALLOC) && choice % 3 == 0) {
        const taddr_t block = heap_realloc(heap_of(a), choice / 3, choice % 97, CALL);

        if (block != choice / 3 || !heap_of(a)->config.faithful) /* OneOS 1.x hands it back */
            keep(a, sound(a, block), false);
    } else {
        raw_free(a, choice / 3, choice % 3 == 1 && can(a, HEAP_CAN_ALIGN));
    }
}

/* Times `size` it passes 32 bits by a little: what is left of the product every heap has. */
static tsize_t wrapping_count(tsize_t size, uint32_t more)
{
    return UINT32_MAX / size + 1 + more;
}

/* Sizes that no heap has: refused, and nothing has changed. */
static void huge(struct actor *a, uint32_t kind, tsize_t size, tsize_t count)
{
    struct heap *const heap = heap_of(a);
    taddr_t block = 0;

    model_look_away(&a->model);
    if (kind % 4 == 0 && size > total(a)) {
        block = raw_alloc(a, size);
    } else if (kind % 8 == 5) {
        block = heap_alloc_cleared(heap, wrapping_count(2 + size % 1023, count % 4),
                                   2 + size % 1023, CALL);
    } else if (kind % 8 == 1 && (uint64_t)count * size > UINT32_MAX) {
        block = heap_alloc_cleared(heap, count, size, CALL);
    } else if (kind % 4 == 2 && can(a, HEAP_CAN_ALIGN) && size > total(a)) {
        block = heap_alloc_aligned(heap, size, 4u << (kind >> 2 & 15), CALL);
    } else if (kind % 4 == 3 && can(a, HEAP_CAN_REALLOC) && a->model.count > 0 && size > total(a)) {
        const struct model_block *const old = &a->model.blocks[kind / 4 % a->model.count];

        if (!(old->aligned && can(a, HEAP_ALIGNED_APART)))
            block = heap_realloc(heap, old->address, size, CALL);
    }
    if (a->overwritten)
        return;
    if (block != 0)
        fail("a request for more than there is was served");
    fail_if(model_look_back(&a->model));
}

/* Alignments that are no power of two, or larger than the heap: any answer that is sound. */
static void odd_alignment(struct actor *a, tsize_t size, tsize_t align)
{
    if (!can(a, HEAP_CAN_ALIGN))
        return;
    model_look_away(&a->model);
    const taddr_t block = sound(a, heap_alloc_aligned(heap_of(a), size, align, CALL));
    if (block != 0)
        raw_free(a, block, true);
    if (!a->overwritten)
        fail_if(model_look_back(&a->model));
}

static bool pass_by(void *context, const struct heap_block *block)
{
    (void)context, (void)block;
    return true;
}

static void verify(struct actor *a)
{
    struct heap *const heap = heap_of(a);
    struct heap_fault fault;

    if (!a->overwritten) {
        fail_if(model_verify(&a->model));
        return;
    }
    (void)heap->ops->check(heap, &fault);
    heap->ops->walk(heap, pass_by, NULL);
}

static void reset_low_water(struct actor *a)
{
    if (heap_of(a)->ops->reset_low_water != NULL)
        heap_of(a)->ops->reset_low_water(heap_of(a));
    model_look_away(&a->model);
}

/* With nothing allocated, so that the model can begin anew. */
static void add_region(struct actor *a, const uint32_t *numbers)
{
    if (a->model.count > 0 || a->overwritten)
        return;
    subject_add_region(a->subject, numbers);
    begin_model(a);
}

/* As add_region. */
static void remove_region(struct actor *a, unsigned index)
{
    struct heap *const heap = heap_of(a);

    if (a->model.count > 0 || a->overwritten || heap->ops->remove_region == NULL)
        return;
    (void)heap_remove_region(heap, heap->regions[index % heap->region_count].begin, CALL);
    begin_model(a);
}

/* Reading them changes nothing. */
static void read_figures(struct actor *a)
{
    struct heap *const heap = heap_of(a);
    const struct heap_figure *const figures = heap->ops->figures;

    for (unsigned i = 0; figures[i].name != NULL; i++)
        for (unsigned r = 0; r < (figures[i].of_region ? heap->region_count : 1); r++)
            if (figures[i].read(heap, r) != figures[i].read(heap, r))
                fail("a figure read twice had two values");
    verify(a);
}

/* Not heap_3's: what it leaves in the C library's heap would be there in the next program. */
static void answer_quirks(struct actor *a)
{
    if (a->model.rules.elsewhere)
        return;
    heap_of(a)->config.faithful = true;
    a->overwritten = true;
}

/* Verbs on a block that is there. */
static void act_on_block(struct actor *a, enum heap_verb verb, const uint32_t *operands)
{
    const unsigned index = operands[0] % a->model.count;

    if (verb == VERB_FREE)
        release(a, index);
    else if (verb == VERB_FREE_LAST)
        release(a, a->model.count - 1);
    else if (verb == VERB_REALLOC)
        resize(a, index, at_most_total(a, operands[1]));
    else
        resize_near(a, index, operands[1]);
}

void actor_act(struct actor *a, enum heap_verb verb, const uint32_t *operands)
{
    switch (verb) {
    case VERB_ALLOC:
        allocate(a, at_most_total(a, operands[0]));
        break;
    case VERB_ALLOC_SMALL:
        allocate(a, operands[0]);
        break;
    case VERB_ALLOC_TIGHT:
        if (!a->overwritten)
            allocate(a, at_most_total(a, heap_largest_free(heap_of(a)) + 8 - operands[0] % 64));
        break;
    case VERB_FREE:
    case VERB_FREE_LAST:
    case VERB_REALLOC:
    case VERB_REALLOC_NEAR:
        if (a->model.count > 0)
            act_on_block(a, verb, operands);
        break;
    case VERB_CLEARED:
        cleared(a, operands[0], operands[1]);
        break;
    case VERB_ALIGNED:
        aligned(a, 1 + operands[0], 4u << operands[1] % 8);
        break;
    case VERB_BAD_POINTER:
        bad_pointer(a, operands[0]);
        break;
    case VERB_HUGE:
        huge(a, operands[0], operands[1], operands[2]);
        break;
    case VERB_ODD_ALIGNMENT:
        odd_alignment(a, operands[0], operands[1]);
        break;
    case VERB_VERIFY:
        verify(a);
        break;
    case VERB_RESET_LOW_WATER:
        reset_low_water(a);
        break;
    case VERB_ADD_REGION:
        add_region(a, operands);
        break;
    case VERB_REMOVE_REGION:
        remove_region(a, operands[0]);
        break;
    case VERB_FIGURES:
        read_figures(a);
        break;
    case VERB_EVENTS:
        heap_report_events(heap_of(a), operands[0] & 1);
        break;
    case VERB_FAITHFUL:
        answer_quirks(a);
        break;
    case HEAP_VERBS:
        break;
    }
    a->model.whole_every = WHOLE_EVERY + a->model.walked / 8; /* walks take no more than the rest */
}

bool actor_overwrite(struct actor *a, taddr_t at, uint8_t change)
{
    if (a->model.rules.elsewhere || !heap_contains(heap_of(a), at, 1))
        return false;
    *(uint8_t *)target_pointer(at) ^= change;
    a->overwritten = true;
    return true;
}

void actor_end(struct actor *a)
{
    if (!a->overwritten)
        fail_if(model_end(&a->model));
    fail_if(subject_end(a->subject));
}
