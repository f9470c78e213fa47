/* Programs from bytes, to bytes, and run. */
#include "language.h"
#include "target.h"

#include <string.h>

unsigned language_verbs(void)
{
    unsigned count = 0;

    while (fuzz_language.verbs[count].name != NULL)
        count++;
    return count;
}

unsigned language_operands(const struct language_number *numbers)
{
    unsigned count = 0;

    while (numbers[count].name != NULL)
        count++;
    return count;
}

static unsigned bytes_of(char width)
{
    return width == 'b' ? 1 : width == 'h' ? 2 : 4;
}

uint32_t language_most(char width)
{
    return UINT32_MAX >> (32 - 8 * bytes_of(width));
}

/* --- reading --- */

struct input {
    const uint8_t *at;
    size_t left;
};

static uint32_t read_number(struct input *in, char width)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes_of(width) && in->left > 0; i++, in->left--)
        value |= (uint32_t)*in->at++ << 8 * i;
    return value;
}

static void read_numbers(struct input *in, const struct language_number *numbers, uint32_t *values)
{
    for (unsigned i = 0; numbers[i].name != NULL; i++)
        values[i] = read_number(in, numbers[i].width);
}

void program_read(struct program *program, const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    const unsigned verbs = language_verbs();

    read_numbers(&in, fuzz_language.header, program->header);
    for (program->count = 0; program->count < LANGUAGE_OPERATIONS && in.left > 0;) {
        struct operation *const operation = &program->operations[program->count++];

        operation->verb = read_number(&in, 'b') % verbs;
        read_numbers(&in, fuzz_language.verbs[operation->verb].operands, operation->operands);
    }
}

/* --- writing --- */

static size_t size_of(const struct language_number *numbers)
{
    size_t size = 0;

    for (unsigned i = 0; numbers[i].name != NULL; i++)
        size += bytes_of(numbers[i].width);
    return size;
}

static uint8_t *write_numbers(uint8_t *to, const struct language_number *numbers,
                              const uint32_t *values)
{
    for (unsigned i = 0; numbers[i].name != NULL; i++)
        for (unsigned k = 0; k < bytes_of(numbers[i].width); k++)
            *to++ = (uint8_t)(values[i] >> 8 * k);
    return to;
}

size_t program_write(const struct program *program, uint8_t *data, size_t room)
{
    uint8_t *to = data;

    if (size_of(fuzz_language.header) > room)
        return 0;
    to = write_numbers(to, fuzz_language.header, program->header);
    for (unsigned i = 0; i < program->count; i++) {
        const struct operation *const operation = &program->operations[i];
        const struct language_verb *const verb = &fuzz_language.verbs[operation->verb];

        if ((size_t)(to - data) + 1 + size_of(verb->operands) > room)
            break;
        *to++ = (uint8_t)operation->verb;
        to = write_numbers(to, verb->operands, operation->operands);
    }
    return (size_t)(to - data);
}

/* --- running --- */

static void run(const void *argument)
{
    const struct program *const program = argument;

    if (!fuzz_language.begin(program->header))
        return;
    for (unsigned i = 0; i < program->count; i++)
        fuzz_language.act(program->operations[i].verb, program->operations[i].operands);
    fuzz_language.end();
    fuzz_operations += program->count;
}

void program_run(const struct program *program)
{
    if (fuzz_language.around != NULL)
        fuzz_language.around(run, program);
    else
        run(program);
}
