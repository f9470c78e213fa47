/*
 * What the dialects' targets share: a system heap for each input, contexts from which calls are
 * made, arguments that are right or wrong, and the blocks that the calls gave out, each with its
 * contents.
 */
#ifndef HEAPSIM_FUZZ_DIALECT_CALLS_H
#define HEAPSIM_FUZZ_DIALECT_CALLS_H

#include "../kernel/heap/heap.h"
#include "ipc_blocks.h"
#include "language.h"

enum {
    DIALECT_BOOT_RAM = 0x40000, /* the dialect's own system heap lies in front */
    DIALECT_RAM = 0x50000,      /* from there: the input's */
    DIALECT_AREAS = 0x80000,    /* and memory for heaps of the application's own */
    DIALECT_AREA = 0x4000,
    DIALECT_AREA_COUNT = 16
};

enum {
    DIALECT_ALLOCATOR,
    DIALECT_OPTIONS, /* as layout.h has it */
    DIALECT_SIZE = DIALECT_OPTIONS + HEAP_OPTIONS_MAX,
    DIALECT_FLAGS,
    DIALECT_NUMBERS
};

/* clang-format off */
#define DIALECT_HEADER                                                                             \
    {"allocator", 'b'}, {"option1", 'b'}, {"option2", 'b'}, {"option3", 'b'}, {"option4", 'b'},    \
        {"option5", 'b'}, {"option6", 'b'}, {"option7", 'b'}, {"option8", 'b'}, {"size", 'h'},     \
        {"flags", 'b'}

#define DIALECT_OPERANDS {{"how", 'b'}, {"object", 'b'}, {"value", 'h'}, {"other", 'b'}}
/* clang-format on */

/* Once: starts the board with that heap, and its main task; findings are told of `name`. */
void dialect_boot(const char *name, const char *heap);

/*
 * The system heap, anew over RAM of its own, made by `make`; a `refusal` of the allocator, and an
 * allocator that the dialect refuses, leave the input without a run: false.
 */
bool dialect_begin(const uint32_t *header, void (*make)(void *begin, unsigned long size));

/* All is given back: checks, and puts the dialect's own heap back. */
void dialect_end(void);

/* Calls act(verb, operands) from the context that operands[0] says. */
void dialect_from(unsigned how, void (*act)(unsigned verb, const uint32_t *operands), unsigned verb,
                  const uint32_t *operands);

/* True where a task may wait, and only if it is the second one may it wait for ever. */
uint32_t dialect_ticks(uint32_t number, uint32_t forever);

/* The second task, which runs what is handed to it: its body, and one that the kernel makes. */
void dialect_help(void *unused);
void dialect_helper(struct task *task);      /* that one, or NULL */
void dialect_start_helper(uint8_t priority); /* a task of the kernel's, where it is no dialect's */
bool dialect_is_helper(void);
void dialect_close_helper(void);
void dialect_helper_goes_on(void); /* once the objects are gone: it comes to its end */

/* --- arguments --- */

/* A block of that owner, mostly; NULL; or what is none. */
void *dialect_block(unsigned owner, uint32_t number);
size_t dialect_size(uint32_t number);
size_t dialect_count(const uint32_t *operands); /* how many of dialect_size() a calloc asks for */
void *dialect_area(unsigned n);

/* --- what calls answer --- */

/* A block came, or NULL. */
void dialect_gives(unsigned owner, void *block, size_t size, size_t align);

/* It is all zeros. */
void dialect_gives_cleared(unsigned owner, void *block, size_t size, size_t align);

/* Before and after a call that takes a block back, or resizes it. */
void dialect_before(unsigned owner, void *block);
void dialect_after_free(void);

/* Around such a call. */
void dialect_frees(unsigned owner, void *block, void (*give_back)(void *block));

/* A call for aligned blocks alone, unless the pointer, which is none, looks like one. */
void dialect_frees_aligned(unsigned owner, void *block, void (*give_back)(void *block));
void dialect_after_resize(void *block, size_t size);

/* No block is one any more, and the heap is another than at first. */
void dialect_forgets(void);

/* It has another region. */
void dialect_grows(void);

/* An area is no heap any more: nothing in it is a block. */
void dialect_area_ends(const void *begin, size_t size);

#endif
