/*
 * What programs do with a heap, right and wrong: beside the model (tests/unit/model.h), which says
 * what the heap owes. Once metadata was overwritten, or quirks are answered, the model has lost its
 * ground; then nothing is owed any more but this: every call comes back, what it returns lies in
 * the heap, and nothing outside is touched.
 */
#ifndef HEAPSIM_FUZZ_HEAP_VERBS_H
#define HEAPSIM_FUZZ_HEAP_VERBS_H

#include "../tests/unit/model.h"
#include "language.h"
#include "subject.h"

struct actor {
    struct subject *subject;
    struct model model; /* overwritten: its table goes on as a list of pointers, once blocks */
    bool overwritten;   /* or quirks are answered */
};

enum heap_verb {
    VERB_ALLOC,
    VERB_ALLOC_SMALL,
    VERB_ALLOC_TIGHT, /* about what the largest free block holds */
    VERB_FREE,
    VERB_FREE_LAST,
    VERB_REALLOC,
    VERB_REALLOC_NEAR, /* about the present size */
    VERB_CLEARED,
    VERB_ALIGNED,
    VERB_BAD_POINTER,
    VERB_HUGE,
    VERB_ODD_ALIGNMENT,
    VERB_VERIFY,
    VERB_RESET_LOW_WATER,
    VERB_ADD_REGION,
    VERB_REMOVE_REGION,
    VERB_FIGURES,
    VERB_EVENTS,   /* reported from here on, or not */
    VERB_FAITHFUL, /* quirks are answered as upstream does: the model has lost its ground */
    HEAP_VERBS
};

/* Their names and operands, for a language. */
#define HEAP_VERB_TABLE                                                                            \
    [VERB_ALLOC] = {"alloc", {{"size", 'h'}}},                                                     \
    [VERB_ALLOC_SMALL] = {"alloc-small", {{"size", 'b'}}},                                         \
    [VERB_ALLOC_TIGHT] = {"alloc-tight", {{"less", 'b'}}},                                         \
    [VERB_FREE] = {"free", {{"block", 'b'}}}, [VERB_FREE_LAST] = {"free-last", {{0}}},             \
    [VERB_REALLOC] = {"realloc", {{"block", 'b'}, {"size", 'h'}}},                                 \
    [VERB_REALLOC_NEAR] = {"realloc-near", {{"block", 'b'}, {"more", 'b'}}},                       \
    [VERB_CLEARED] = {"calloc", {{"count", 'b'}, {"size", 'b'}}},                                  \
    [VERB_ALIGNED] = {"alloc-aligned", {{"size", 'b'}, {"align", 'b'}}},                           \
    [VERB_BAD_POINTER] = {"bad-pointer", {{"choice", 'w'}}},                                       \
    [VERB_HUGE] = {"huge", {{"kind", 'b'}, {"size", 'w'}, {"count", 'w'}}},                        \
    [VERB_ODD_ALIGNMENT] = {"odd-alignment", {{"size", 'b'}, {"align", 'w'}}},                     \
    [VERB_VERIFY] = {"verify", {{0}}}, [VERB_RESET_LOW_WATER] = {"reset-low-water", {{0}}},        \
    [VERB_ADD_REGION] = {"add-region", {{"shift", 'b'}, {"size", 'h'}, {"algorithm", 'b'}}},       \
    [VERB_REMOVE_REGION] = {"remove-region", {{"region", 'b'}}},                                   \
    [VERB_FIGURES] = {"figures", {{0}}}, [VERB_EVENTS] = {"events", {{"on", 'b'}}},                \
    [VERB_FAITHFUL] = {"faithful", {{0}}}

/* False if there can be no such heap. */
bool actor_begin(struct actor *a, struct subject *s, const struct heap_ops *ops,
                 const uint32_t *header);

void actor_act(struct actor *a, enum heap_verb verb, const uint32_t *operands);

/* The byte at an address takes another value. False if it lies in none of the heap's regions. */
bool actor_overwrite(struct actor *a, taddr_t at, uint8_t change);

/* Frees all, if the model still knows what there is, and checks what is owed at last. */
void actor_end(struct actor *a);

#endif
