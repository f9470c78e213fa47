/*
 * Any heap under any sequence of calls, right and wrong ones, in safe mode.
 *
 * - While nobody writes where he may not, tests/unit/model.h says what the heap owes: blocks that
 *   do not overlap, contents that stay, refusals that change nothing, figures that add up, and one
 *   free block again when all are freed.
 * - Once an input has overwritten bytes inside the heap's regions, nothing is owed any more but
 *   this: every call comes back, what it returns lies in the heap, and nothing outside is touched.
 *
 * Behind what subject.c reads, each operation is a byte (enum action in its low half) and what that
 * action needs.
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

#include "../sim/diagnose.h"
#include "subject.h"

enum { OPERATIONS_MAX = 512, WHOLE_EVERY = 16 };

enum action {
    ACTION_ALLOC,
    ACTION_ALLOC_SMALL,
    ACTION_ALLOC_LARGE,
    ACTION_ALLOC_TIGHT, /* about what the largest free block holds */
    ACTION_FREE,
    ACTION_FREE_LAST,
    ACTION_REALLOC,
    ACTION_REALLOC_NEAR, /* about the present size */
    ACTION_CLEARED,
    ACTION_ALIGNED,
    ACTION_BAD_POINTER,
    ACTION_HUGE,
    ACTION_ODD_ALIGNMENT,
    ACTION_VERIFY,
    ACTION_ADD_REGION,
    ACTION_OVERWRITE
};

static struct model model;
static bool verbose;
static bool overwritten; /* the model has lost its ground */

static _Noreturn void broken(const char *sentence)
{
    fprintf(stderr, "fuzz_heap: %s: %s\n", subject.ops != NULL ? subject.ops->name : "heap",
            sentence);
    abort();
}

static void hold(const char *sentence)
{
    if (sentence != NULL)
        broken(sentence);
}

/* The kernel's own assertions end an input like any other finding. */
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition);
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "fuzz_heap: %s:%d: '%s' does not hold\n", file, line, condition);
    abort();
}

/* --verbose: every call on the heap with its answer. */
void __wrap_port_heap_event(const struct heap_event *event);
void __wrap_port_heap_event(const struct heap_event *event)
{
    static const char *const kinds[] = {"alloc", "free", "realloc", "FAILED"};

    fprintf(stderr, "  %-7s %s 0x%08x from 0x%08x size %u (0x%x)\n", kinds[event->kind],
            event->call.name, event->address, event->old, event->size, event->size);
}

static void begin_model(void)
{
    const struct model_rules rules = subject_rules();

    hold(model_begin(&model, &subject, &rules, 1));
}

static bool can(unsigned capability)
{
    return subject.ops->capabilities & capability;
}

/* --- calls whose answers are not the model's --- */

/* In the heap, or nothing. */
static taddr_t sound(taddr_t block)
{
    if (block != 0 && !model.rules.elsewhere && !heap_contains(&subject, block, 1))
        broken("a call returned a block outside the heap's regions");
    return block;
}

static taddr_t raw_alloc(tsize_t size)
{
    return sound(heap_alloc(&subject, size, HEAP_CALL("fuzz")));
}

static void raw_free(taddr_t block, bool aligned)
{
    if (can(HEAP_CAN_FREE))
        (aligned ? heap_free_aligned : heap_free)(&subject, block, HEAP_CALL("fuzz"));
}

/* The table of the model goes on as a list of pointers that were once blocks. */
static void keep(taddr_t block, bool aligned)
{
    if (block != 0 && model.count < MODEL_BLOCKS_MAX)
        model.blocks[model.count++] = (struct model_block){.address = block, .aligned = aligned};
}

static struct model_block forget(unsigned index)
{
    const struct model_block block = model.blocks[index];

    model.blocks[index] = model.blocks[--model.count];
    return block;
}

/* --- sizes --- */

static tsize_t total(void)
{
    struct heap_stats stats;

    subject.ops->stats(&subject, &stats);
    return stats.total;
}

static tsize_t at_most_total(tsize_t size)
{
    return size > total() ? total() : size; /* a wrapped one is ACTION_HUGE's business */
}

static tsize_t huge_size(struct input *in)
{
    const uint32_t kind = input_byte(in);

    switch (kind & 3) {
    case 0:
        return 0u - kind / 4; /* 0xffffffff and below; now and then 0 */
    case 1:
        return 0x80000000u + kind / 4 - 32;
    case 2:
        return 0x40000000u + kind / 4 - 32;
    default:
        return input_word(in);
    }
}

static unsigned index_from(struct input *in)
{
    return input_byte(in) % model.count;
}

/* --- actions --- */

static void allocate(tsize_t size)
{
    if (overwritten)
        keep(raw_alloc(size), false);
    else if (model.count < MODEL_BLOCKS_MAX)
        hold(model_alloc(&model, size));
}

static void release(unsigned index)
{
    if (!can(HEAP_CAN_FREE))
        return;
    if (!overwritten) {
        hold(model_free(&model, index));
        return;
    }
    const struct model_block block = forget(index);
    raw_free(block.address, block.aligned);
}

static void resize(unsigned index, tsize_t size)
{
    const bool apart = model.blocks[index].aligned && can(HEAP_ALIGNED_APART);

    if (!can(HEAP_CAN_REALLOC) || apart)
        return;
    if (!overwritten) {
        hold(model_realloc(&model, index, size));
        return;
    }
    const struct model_block block = forget(index);
    keep(sound(heap_realloc(&subject, block.address, size, HEAP_CALL("fuzz"))), false);
}

static void cleared(tsize_t count, tsize_t size)
{
    if (subject.ops->alloc_cleared == NULL || model.count == MODEL_BLOCKS_MAX)
        return;
    if (overwritten)
        keep(sound(heap_alloc_cleared(&subject, count, size, HEAP_CALL("fuzz"))), false);
    else
        hold(model_alloc_cleared(&model, count, size));
}

static void aligned(tsize_t size, tsize_t align)
{
    if (!can(HEAP_CAN_ALIGN) || model.count == MODEL_BLOCKS_MAX)
        return;
    if (overwritten)
        keep(sound(heap_alloc_aligned(&subject, size, align, HEAP_CALL("fuzz"))), true);
    else
        hold(model_alloc_aligned(&model, size, align));
}

static void bad_pointer(struct input *in)
{
    const uint32_t choice = input_word(in);

    if (!can(HEAP_CAN_FREE))
        return;
    if (!overwritten) {
        model.random = choice;
        hold(model_misuse(&model));
    } else if (can(HEAP_CAN_REALLOC) && choice % 3 == 0) {
        keep(sound(heap_realloc(&subject, choice / 3, choice % 97, HEAP_CALL("fuzz"))), false);
    } else {
        raw_free(choice / 3, choice % 3 == 1 && can(HEAP_CAN_ALIGN));
    }
}

/* Sizes that no heap has: refused, and nothing has changed. */
static void huge(struct input *in)
{
    const uint32_t kind = input_byte(in);
    const tsize_t size = huge_size(in);
    taddr_t block = 0;

    model_look_away(&model);
    if (kind % 4 == 0 && size > total()) {
        block = raw_alloc(size);
    } else if (kind % 4 == 1 && subject.ops->alloc_cleared != NULL) {
        const tsize_t count = huge_size(in);

        if ((uint64_t)count * size <= UINT32_MAX)
            return;
        block = heap_alloc_cleared(&subject, count, size, HEAP_CALL("fuzz"));
    } else if (kind % 4 == 2 && can(HEAP_CAN_ALIGN) && size > total()) {
        block = heap_alloc_aligned(&subject, size, 4u << (kind >> 2 & 15), HEAP_CALL("fuzz"));
    } else if (kind % 4 == 3 && can(HEAP_CAN_REALLOC) && model.count > 0 && size > total()) {
        const struct model_block *const old = &model.blocks[kind / 4 % model.count];

        if (!(old->aligned && can(HEAP_ALIGNED_APART)))
            block = heap_realloc(&subject, old->address, size, HEAP_CALL("fuzz"));
    }
    if (!overwritten && block != 0)
        broken("a request for more than there is was served");
    if (!overwritten)
        hold(model_look_back(&model));
}

/* Alignments that are no power of two, or larger than the heap: any answer that is sound. */
static void odd_alignment(struct input *in)
{
    const uint32_t kind = input_byte(in);
    const tsize_t align = kind & 1 ? huge_size(in) : kind >> 1;

    if (!can(HEAP_CAN_ALIGN))
        return;
    model_look_away(&model);
    const taddr_t block =
        sound(heap_alloc_aligned(&subject, input_byte(in), align, HEAP_CALL("fuzz")));
    if (block != 0)
        raw_free(block, true);
    if (!overwritten)
        hold(model_look_back(&model));
}

/* With nothing allocated, so that the model can begin anew. */
static void add_region(struct input *in)
{
    if (model.count > 0 || overwritten)
        return;
    subject_add_region(in);
    begin_model();
}

/* One byte in a region takes another value. */
static void overwrite(struct input *in)
{
    const struct heap_region *const region =
        &subject.regions[input_byte(in) % subject.region_count];
    const uint32_t at = input_half(in);

    if (at < region->size && !model.rules.elsewhere) {
        ((uint8_t *)target_pointer(region->begin))[at] ^= (uint8_t)(1 + input_byte(in));
        if (verbose)
            fprintf(stderr, "  overwrite 0x%08x\n", region->begin + at);
        overwritten = true;
    }
}

static void act(uint32_t byte, struct input *in)
{
    const uint32_t high = byte >> 4;

    switch ((enum action)(byte & 15)) {
    case ACTION_ALLOC:
        allocate(input_byte(in) + (high << 4));
        break;
    case ACTION_ALLOC_SMALL:
        allocate(high);
        break;
    case ACTION_ALLOC_LARGE:
        allocate(at_most_total(input_half(in)));
        break;
    case ACTION_ALLOC_TIGHT:
        if (!overwritten)
            allocate(at_most_total(heap_largest_free(&subject) + 8 - 2 * high));
        break;
    case ACTION_FREE:
        if (model.count > 0)
            release(index_from(in));
        break;
    case ACTION_FREE_LAST:
        if (model.count > 0)
            release(model.count - 1);
        break;
    case ACTION_REALLOC:
        if (model.count > 0)
            resize(index_from(in), at_most_total(input_half(in) >> (high & 7)));
        break;
    case ACTION_REALLOC_NEAR:
        if (model.count > 0) {
            const unsigned index = index_from(in);
            const tsize_t size = model.blocks[index].size + 4 * high;

            resize(index, at_most_total(size < 32 ? high : size - 32));
        }
        break;
    case ACTION_CLEARED:
        cleared(high, input_byte(in));
        break;
    case ACTION_ALIGNED:
        aligned(1 + input_byte(in), 4u << (high & 7));
        break;
    case ACTION_BAD_POINTER:
        bad_pointer(in);
        break;
    case ACTION_HUGE:
        huge(in);
        break;
    case ACTION_ODD_ALIGNMENT:
        odd_alignment(in);
        break;
    case ACTION_VERIFY:
        if (subject.ops->reset_low_water != NULL && high == 15)
            subject.ops->reset_low_water(&subject);
        model_look_away(&model);
        if (!overwritten)
            hold(model_verify(&model));
        break;
    case ACTION_ADD_REGION:
        add_region(in);
        break;
    case ACTION_OVERWRITE:
        if (high >= 12)
            overwrite(in);
        break;
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char option[] = "--heap=";

    for (int i = 1; i < *argc; i++) {
        const char *const argument = (*argv)[i];

        verbose |= strcmp(argument, "--verbose") == 0;
        if (strncmp(argument, option, sizeof option - 1) == 0 &&
            !subject_only(argument + sizeof option - 1)) {
            fprintf(stderr, "fuzz_heap: there is no heap '%s'\n", argument + sizeof option - 1);
            exit(EXIT_USAGE);
        }
    }
    diagnose_set_policy(VIOLATION_RETURN);
    subject_map();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};

    if (!subject_begin(&in))
        return 0;
    heap_report_events(&subject, verbose);
    if (verbose)
        subject_print();
    overwritten = false;
    begin_model();
    for (unsigned i = 0; i < OPERATIONS_MAX && in.left > 0; i++) {
        act(input_byte(&in), &in);
        model.whole_every = WHOLE_EVERY + model.walked / 8; /* walks take no more than the rest */
    }
    if (!overwritten)
        hold(model_end(&model));
    hold(subject_end());
    return 0;
}
