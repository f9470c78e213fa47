#include "fail.h"

#include <stdio.h>
#include <stdlib.h>

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

void fail(const char *sentence)
{
    fprintf(stderr, "fuzz: %s: %s\n", about, sentence);
    end();
}

/* The kernel's own assertions end an input like any other finding. */
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition);
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "fuzz: %s: %s:%d: '%s' does not hold\n", about, file, line, condition);
    end();
}
