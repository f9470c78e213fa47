#define _GNU_SOURCE
#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *about = "fuzz";
static void (*print_more)(void);

void fail_about(const char *subject)
{
    about = subject;
}

void fail_also(void (*print)(void))
{
    print_more = print;
}

static _Noreturn void end(void)
{
    if (print_more != NULL)
        print_more();
    abort();
}

/* Not by stdio: a target may listen to that (text_input.h). */
void fail(const char *sentence)
{
    dprintf(STDERR_FILENO, "fuzz: %s: %s\n", about, sentence);
    end();
}

/* The kernel's own assertions end an input like any other finding. */
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition);
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition)
{
    dprintf(STDERR_FILENO, "fuzz: %s: %s:%d: '%s' does not hold\n", about, file, line, condition);
    end();
}
