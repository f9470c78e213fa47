/*
 * What the programs for the explorer share: a program is a table of shapes, and its first argument
 * names the one to run. Each shape has a planted bug that needs a particular interleaving, and none
 * with --fix. A shape returns what main returns.
 */
#ifndef HEAPSIM_TESTS_SHAPE_H
#define HEAPSIM_TESTS_SHAPE_H

#include <stdio.h>
#include <string.h>

#include "heapsim.h"

struct shape {
    const char *name;
    int (*run)(void);
};

static inline int run_shape(const struct shape *shapes, unsigned count, int argc, char **argv)
{
    unsigned i;

    for (i = 0; argc > 1 && i < count; i++)
        if (strcmp(shapes[i].name, argv[1]) == 0)
            return shapes[i].run();
    fprintf(stderr, "no such shape\n");
    return 2;
}

#endif
