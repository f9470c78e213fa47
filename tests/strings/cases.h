/*
 * A program of small cases, one a line, for strings.sh: `PROGRAM CASE` runs one in the task
 * 'worker'; `PROGRAM list` says of each its name, the diagnosis it must have ("-": none) and the
 * line.
 */
#ifndef CASES_H
#define CASES_H

#include <rtthread.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct one_case {
    const char *name, *kind;
    void (*run)(void);
    unsigned line;
};

/* The statements are the function's only line, so that the diagnosis names it. */
#define KIND(label, diagnosis, ...)                                                                \
    static void label##_case(void)                                                                 \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }                                                                                              \
    static const struct one_case label##_entry                                                     \
        __attribute__((section("cases"), used, aligned(8))) = {#label, diagnosis, label##_case,    \
                                                               __LINE__};
#define FITS(label, ...) KIND(label, "-", __VA_ARGS__)

enum { SIZE = 24 };

extern const struct one_case __start_cases[], __stop_cases[];

static char *block; /* of SIZE bytes: "" */
static char *text;  /* 23 characters */
static char *full;  /* 24 characters, and no NUL */
static char *gone;  /* the same, freed */

static char chars23[] = "abcdefghijklmnopqrstuvw";
static char chars24[] = "abcdefghijklmnopqrstuvwx";
static char *volatile nothing;
static volatile size_t one = 1;
static volatile size_t result;

static void worker(void *argument)
{
    const struct one_case *const it = argument;

    block = rt_calloc(1, SIZE);
    text = rt_malloc(SIZE);
    full = rt_malloc(SIZE);
    gone = rt_malloc(SIZE);
    memcpy(text, chars23, SIZE);
    memcpy(full, chars24, SIZE);
    memcpy(gone, chars24, SIZE);
    rt_free(gone);
    it->run();
    rt_free(block);
    rt_free(text);
    rt_free(full);
}

int main(int argc, char **argv)
{
    for (const struct one_case *c = __start_cases; c < __stop_cases; c++) {
        if (argc > 1 && strcmp(argv[1], "list") == 0) {
            printf("%s %s %u\n", c->name, c->kind, c->line);
        } else if (argc > 1 && strcmp(argv[1], c->name) == 0) {
            rt_thread_startup(
                rt_thread_create("worker", worker, (void *)(uintptr_t)c, 4096, 10, 10));
            rt_thread_mdelay(50);
            return 0;
        }
    }
    return argc > 1 && strcmp(argv[1], "list") == 0 ? 0 : 1;
}

#endif
