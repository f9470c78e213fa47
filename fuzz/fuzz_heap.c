/*
 * fuzz_heap_<name>: one allocator (HEAPSIM_FUZZ_ALLOCATOR) under any sequence of calls, right and
 * wrong ones, in safe mode, beside the model.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../sim/diagnose.h"
#include "fail.h"
#include "heap_verbs.h"
#include "target.h"

static const struct language_verb verbs[] = {HEAP_VERB_TABLE, {.name = NULL}};
static const struct heap_ops *ops;
static struct actor actor;

static bool begin(const uint32_t *header)
{
    return actor_begin(&actor, &subjects[0], ops, header);
}

static void act(unsigned verb, const uint32_t *operands)
{
    actor_act(&actor, (enum heap_verb)verb, operands);
}

static void end(void)
{
    actor_end(&actor);
}

const struct language fuzz_language = {
    .header = {LAYOUT_HEADER}, .verbs = verbs, .begin = begin, .act = act, .end = end};

static void print_heap(void)
{
    subject_print(&subjects[0]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    ops = heap_allocator(HEAPSIM_FUZZ_ALLOCATOR);
    if (ops == NULL) {
        fprintf(stderr, "fuzz: there is no allocator '%s'\n", HEAPSIM_FUZZ_ALLOCATOR);
        exit(EXIT_USAGE);
    }
    fail_about(ops->name);
    fail_also(print_heap);
    diagnose_set_policy(VIOLATION_RETURN);
    subject_map(1);
    return 0;
}
