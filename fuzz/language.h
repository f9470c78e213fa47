/*
 * What the inputs of a target are made of, if they are programs: a header, then operations, each a
 * byte that chooses a verb and the bytes of its operands. Every string of bytes is a program, and
 * every program is one string of bytes; what is missing at the end is zeros.
 *
 *   header | verb operands | verb operands | ...
 *
 * One description serves all: running (run.c), mutating (mutate.c), printing and writing as C
 * source (show.c). Numbers are little-endian.
 */
#ifndef HEAPSIM_FUZZ_LANGUAGE_H
#define HEAPSIM_FUZZ_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LANGUAGE_OPERANDS = 24, LANGUAGE_OPERATIONS = 512 };

/* Names and widths of numbers: "b" a byte, "h" two, "w" four. */
struct language_number {
    const char *name;
    char width;
};

struct language_verb {
    const char *name;
    struct language_number operands[5]; /* at most four; ends with a NULL name */
};

struct language {
    struct language_number header[LANGUAGE_OPERANDS];
    const struct language_verb *verbs;     /* ends with a NULL name */
    bool (*begin)(const uint32_t *header); /* false: such an input is nothing to run */
    void (*act)(unsigned verb, const uint32_t *operands);
    void (*end)(void);
    /* Calls run(program) where it is to run: in a task (board.h). NULL: just there. */
    void (*around)(void (*run)(const void *program), const void *program);
};

/* The target's. */
extern const struct language fuzz_language;

/* An operation, as it stands in an input. */
struct operation {
    unsigned verb;
    uint32_t operands[4];
};

/* A whole input. */
struct program {
    uint32_t header[LANGUAGE_OPERANDS];
    struct operation operations[LANGUAGE_OPERATIONS];
    unsigned count;
};

unsigned language_verbs(void);
unsigned language_operands(const struct language_number *numbers);
uint32_t language_most(char width); /* the largest number of it */

/* From bytes, and to them: at most `room`, whole operations. */
void program_read(struct program *program, const uint8_t *data, size_t size);
size_t program_write(const struct program *program, uint8_t *data, size_t room);

/* Runs it from begin to end. */
void program_run(const struct program *program);

#endif
