/* How a target says that something is broken: a sentence, and abort(), as fuzzers want it. */
#ifndef HEAPSIM_FUZZ_FAIL_H
#define HEAPSIM_FUZZ_FAIL_H

/* Of whom the sentences are: "tlsf". */
void fail_about(const char *subject);

/* What prints more of it then. */
void fail_also(void (*print)(void));

_Noreturn void fail(const char *sentence);

/* NULL: nothing is broken. */
static inline void fail_if(const char *sentence)
{
    if (sentence != 0)
        fail(sentence);
}

#endif
