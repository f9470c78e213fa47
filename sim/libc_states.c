/*
 * Calls of the C library that change what no snapshot of a run has: an exploration that hears of
 * one runs each schedule in a process of its own. The linker's --wrap sends an application's calls
 * here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "explore.h"

#define WRAP(result, name, parameters, arguments, what)                                            \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        explore_note_host(what);                                                                   \
        return __real_##name arguments;                                                            \
    }

#define NUMBERS     "it uses the C library's random numbers"
#define FILES       "it opens files"
#define ENVIRONMENT "it changes its environment"

WRAP(int, rand, (void), (), NUMBERS)
WRAP(long, random, (void), (), NUMBERS)
WRAP(double, drand48, (void), (), NUMBERS)
WRAP(long, lrand48, (void), (), NUMBERS)
WRAP(long, mrand48, (void), (), NUMBERS)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), FILES)
WRAP(FILE *, fdopen, (int file, const char *mode), (file, mode), FILES)
WRAP(FILE *, tmpfile, (void), (), FILES)
WRAP(ssize_t, read, (int file, void *to, size_t size), (file, to, size), "it reads files")
WRAP(int, setenv, (const char *name, const char *value, int overwrite), (name, value, overwrite),
     ENVIRONMENT)
WRAP(int, unsetenv, (const char *name), (name), ENVIRONMENT)
WRAP(int, putenv, (char *text), (text), ENVIRONMENT)
WRAP(int, chdir, (const char *path), (path), ENVIRONMENT)

void __real_srand(unsigned seed);
void __wrap_srand(unsigned seed);
void __wrap_srand(unsigned seed)
{
    explore_note_host(NUMBERS);
    __real_srand(seed);
}

void __real_srandom(unsigned seed);
void __wrap_srandom(unsigned seed);
void __wrap_srandom(unsigned seed)
{
    explore_note_host(NUMBERS);
    __real_srandom(seed);
}

void __real_srand48(long seed);
void __wrap_srand48(long seed);
void __wrap_srand48(long seed)
{
    explore_note_host(NUMBERS);
    __real_srand48(seed);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list args;

    va_start(args, flags);
    mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    explore_note_host(FILES);
    return __real_open(path, flags, mode);
}
