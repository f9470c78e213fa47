/*
 * How libFuzzer and AFL++ change inputs that are programs: operations come, go, move and are
 * repeated, numbers become near, extreme or one another's, and two programs are spliced between
 * operations. One time in eight the bytes change as those of any input.
 */
#include "language.h"
#include "target.h"

#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t room, unsigned seed);

static struct program program, other;
static uint64_t random_state;

static uint32_t draw(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return limit == 0 ? 0 : (uint32_t)(random_state >> 33) % limit;
}

/* --- numbers --- */

static uint32_t extreme(char width)
{
    static const uint32_t values[] = {
        0,     1,     2,     3,          4,          7,          8,          9,
        12,    15,    16,    17,         24,         31,         32,         33,
        63,    64,    65,    100,        127,        128,        129,        255,
        256,   1000,  1023,  1024,       4095,       4096,       4097,       32767,
        32768, 65535, 65536, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffc, 0xffffffff};

    return values[draw(sizeof values / sizeof values[0])] & language_most(width);
}

static uint32_t any_number(char width)
{
    switch (draw(4)) {
    case 0:
        return extreme(width);
    case 1:
        return draw(16);
    default:
        return (draw(1u << 16) << 16 | draw(1u << 16)) & language_most(width);
    }
}

static void change_number(uint32_t *value, char width)
{
    switch (draw(5)) {
    case 0:
        *value += 1 + draw(4);
        break;
    case 1:
        *value -= 1 + draw(4);
        break;
    case 2:
        *value ^= 1u << draw(32);
        break;
    default:
        *value = any_number(width);
    }
    *value &= language_most(width);
}

/* --- operations --- */

static void fill_operands(struct operation *operation)
{
    const struct language_number *const numbers = fuzz_language.verbs[operation->verb].operands;

    for (unsigned i = 0; i < 4 && numbers[i].name != NULL; i++)
        operation->operands[i] = any_number(numbers[i].width);
}

/* Room for `count` operations at a place; how many there really are. */
static unsigned open_gap(unsigned at, unsigned count)
{
    if (count > LANGUAGE_OPERATIONS - program.count)
        count = LANGUAGE_OPERATIONS - program.count;
    memmove(&program.operations[at + count], &program.operations[at],
            (program.count - at) * sizeof program.operations[0]);
    program.count += count;
    return count;
}

static void insert(void)
{
    const unsigned at = draw(program.count + 1);
    const unsigned count = open_gap(at, 1 + draw(draw(4) == 0 ? 16 : 2));
    const unsigned verb = draw(language_verbs());

    for (unsigned i = at; i < at + count; i++) {
        program.operations[i].verb = draw(2) == 0 ? verb : draw(language_verbs());
        fill_operands(&program.operations[i]);
    }
}

static void drop(void)
{
    if (program.count == 0)
        return;
    const unsigned at = draw(program.count);
    const unsigned most = program.count - at;
    const unsigned count = 1 + draw(most < 8 ? most : 8);

    memmove(&program.operations[at], &program.operations[at + count],
            (program.count - at - count) * sizeof program.operations[0]);
    program.count -= count;
}

/* A piece of `from` comes in at a place. */
static void paste(const struct program *from)
{
    static struct operation piece[LANGUAGE_OPERATIONS];

    if (from->count == 0)
        return;
    const unsigned begin = draw(from->count);
    const unsigned most = from->count - begin;
    unsigned count = 1 + draw(most < 32 ? most : 32);
    memcpy(piece, &from->operations[begin], count * sizeof piece[0]);
    const unsigned at = draw(program.count + 1);
    count = open_gap(at, count);
    memcpy(&program.operations[at], piece, count * sizeof piece[0]);
}

static void swap(void)
{
    if (program.count < 2)
        return;
    const unsigned a = draw(program.count);
    const unsigned b = draw(program.count);
    const struct operation kept = program.operations[a];

    program.operations[a] = program.operations[b];
    program.operations[b] = kept;
}

static void change_operation(void)
{
    if (program.count == 0)
        return;
    struct operation *const operation = &program.operations[draw(program.count)];
    const struct language_number *const numbers = fuzz_language.verbs[operation->verb].operands;
    const unsigned count = language_operands(numbers);

    if (count == 0 || draw(4) == 0) {
        operation->verb = draw(language_verbs());
        return;
    }
    const unsigned i = draw(count);
    change_number(&operation->operands[i], numbers[i].width);
}

static void change_header(void)
{
    const unsigned count = language_operands(fuzz_language.header);

    if (count == 0)
        return;
    const unsigned i = draw(count);
    change_number(&program.header[i], fuzz_language.header[i].width);
}

static void change(void)
{
    switch (draw(10)) {
    case 0:
    case 1:
    case 2:
        insert();
        break;
    case 3:
        drop();
        break;
    case 4:
        paste(&program);
        break;
    case 5:
        swap();
        break;
    case 6:
        change_header();
        break;
    default:
        change_operation();
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    random_state = seed;
    if (draw(8) == 0)
        return LLVMFuzzerMutate(data, size, room);
    program_read(&program, data, size);
    for (unsigned changes = 1 + draw(4); changes > 0; changes--)
        change();
    return program_write(&program, data, room);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t room, unsigned seed)
{
    random_state = seed;
    program_read(&program, a, a_size);
    program_read(&other, b, b_size);
    if (draw(2) == 0)
        program.count = draw(program.count + 1);
    paste(&other);
    return program_write(&program, out, room);
}
