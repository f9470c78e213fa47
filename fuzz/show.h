/* An input, for people. Targets without a language have texts for inputs. */
#ifndef HEAPSIM_FUZZ_SHOW_H
#define HEAPSIM_FUZZ_SHOW_H

#include <stddef.h>
#include <stdint.h>

/* Prints the operations, one a line. */
void show_program(const uint8_t *data, size_t size);

/* Prints a C file that runs the same. */
void show_source(const char *target, const uint8_t *data, size_t size);

#endif
