/* The arguments that an application declares (sim_arguments in heapsim.h). */
#ifndef HEAPSIM_ARGUMENTS_H
#define HEAPSIM_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* True if the application declares any. */
bool arguments_declared(void);

/* Takes one NAME=VALUE; ends the program with 2 and a sentence if it is none of them. */
void arguments_take(const char *text);

/* What --help says of them, after `text`. */
void arguments_help(char *text, size_t size);

#endif
