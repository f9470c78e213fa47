/*
 * mutate.c as a custom mutator of AFL++ (AFL_CUSTOM_MUTATOR_LIBRARY), for the targets heap_NAME: a
 * library of its own, so that it knows their language, but does not run it.
 */
#include <stdlib.h>
#include <string.h>

#include "heap_verbs.h"
#include "target.h"

enum { INPUT_MOST = 1 << 16 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t room, unsigned seed);
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *input, size_t size, uint8_t **out, const uint8_t *other,
                       size_t other_size, size_t most);
void afl_custom_deinit(void *data);

static const struct language_verb verbs[] = {HEAP_VERB_TABLE, {.name = NULL}};
const struct language fuzz_language = {.header = {SUBJECT_HEADER}, .verbs = verbs};
uint64_t fuzz_operations;

static uint8_t mutated[INPUT_MOST];
static unsigned random_state;

static unsigned draw(void)
{
    random_state = random_state * 1103515245u + 12345u;
    return random_state >> 8;
}

/* AFL++ changes bytes in stages of its own: one is enough here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room)
{
    if (size == 0 && room > 0)
        data[size++] = 0;
    if (size > 0)
        data[draw() % size] = (uint8_t)draw();
    return size;
}

void *afl_custom_init(void *afl, unsigned seed)
{
    (void)afl;
    random_state = seed;
    return mutated;
}

size_t afl_custom_fuzz(void *data, uint8_t *input, size_t size, uint8_t **out, const uint8_t *other,
                       size_t other_size, size_t most)
{
    const size_t room = most < sizeof mutated ? most : sizeof mutated;

    (void)data;
    *out = mutated;
    if (other != NULL && other_size > 0 && draw() % 4 == 0)
        return LLVMFuzzerCustomCrossOver(input, size, other, other_size, mutated, room, draw());
    size = size < room ? size : room;
    memcpy(mutated, input, size);
    return LLVMFuzzerCustomMutator(mutated, size, room, draw());
}

void afl_custom_deinit(void *data)
{
    (void)data;
}
