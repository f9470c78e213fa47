#include "fail.h"

#include <stdio.h>
#include <stdlib.h>

static const char *about = "fuzz";

void fail_about(const char *subject)
{
    about = subject;
}

void fail(const char *sentence)
{
    fprintf(stderr, "fuzz: %s: %s\n", about, sentence);
    abort();
}

/* The kernel's own assertions end an input like any other finding. */
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition);
_Noreturn void __wrap_port_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "fuzz: %s: %s:%d: '%s' does not hold\n", about, file, line, condition);
    abort();
}

/* So do runs that would end here: nothing can happen any more, though an input's end is to come. */
_Noreturn void __wrap_finish_quiet(void);
_Noreturn void __wrap_finish_quiet(void)
{
    fail("all tasks wait for ever, that which runs the input, too");
}
