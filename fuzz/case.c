/* Runs the operations of a file in fuzz/cases, one after the other. */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"

static struct program program;

static _Noreturn void wrong(const char *what, const char *name)
{
    fprintf(stderr, "case: %s '%s'\n", what, name);
    exit(2);
}

void case_begin(const unsigned *header, unsigned count)
{
    if (count != language_operands(fuzz_language.header))
        wrong("BEGIN has another number of values than the target's header", "");
    memcpy(program.header, header, count * sizeof *header);
    program.count = 0;
}

/* operands[0] is not one: an array has at least one element. */
void case_do(const char *verb, const unsigned *operands, unsigned count)
{
    struct operation *const operation = &program.operations[program.count];
    unsigned index = 0;

    while (fuzz_language.verbs[index].name != NULL &&
           strcmp(fuzz_language.verbs[index].name, verb) != 0)
        index++;
    if (fuzz_language.verbs[index].name == NULL)
        wrong("the target has no verb", verb);
    if (count - 1 != language_operands(fuzz_language.verbs[index].operands))
        wrong("other operands than these has the verb", verb);
    if (program.count++ == LANGUAGE_OPERATIONS)
        wrong("there are too many operations at", verb);
    operation->verb = index;
    memcpy(operation->operands, &operands[1], (count - 1) * sizeof *operands);
}

void case_end(void)
{
    program_run(&program);
}
