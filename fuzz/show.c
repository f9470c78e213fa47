/* An input as a readable program, and as C source (case.h). */
#include "show.h"

#include <stdio.h>

#include "language.h"

static struct program program;

static void print_numbers(const struct language_number *numbers, const uint32_t *values)
{
    for (unsigned i = 0; numbers[i].name != NULL; i++)
        printf("%s %s=%u", i > 0 ? "," : "", numbers[i].name, values[i]);
}

void show_program(const uint8_t *data, size_t size)
{
    program_read(&program, data, size);
    printf("begin");
    print_numbers(fuzz_language.header, program.header);
    printf("\n");
    for (unsigned i = 0; i < program.count; i++) {
        const struct operation *const operation = &program.operations[i];
        const struct language_verb *const verb = &fuzz_language.verbs[operation->verb];

        printf("%4u %s", i, verb->name);
        print_numbers(verb->operands, operation->operands);
        printf("\n");
    }
}

static void write_values(const struct language_number *numbers, const uint32_t *values)
{
    for (unsigned i = 0; numbers[i].name != NULL; i++)
        printf(", %uu", values[i]);
}

void show_source(const char *target, const uint8_t *data, size_t size)
{
    program_read(&program, data, size);
    printf(
        "/* %s: as fuzz/reproduce writes it. Save it as fuzz/cases/%s.NAME.c: it is a test then.\n"
        " */\n#include \"../case.h\"\n\nCASE\n{\n    BEGIN(",
        target, target);
    for (unsigned i = 0; fuzz_language.header[i].name != NULL; i++)
        printf("%s%uu /* %s */", i > 0 ? ", " : "", program.header[i],
               fuzz_language.header[i].name);
    printf(");\n");
    for (unsigned i = 0; i < program.count; i++) {
        const struct operation *const operation = &program.operations[i];
        const struct language_verb *const verb = &fuzz_language.verbs[operation->verb];

        printf("    DO(\"%s\"", verb->name);
        write_values(verb->operands, operation->operands);
        printf(");\n");
    }
    printf("    END();\n}\n");
}
