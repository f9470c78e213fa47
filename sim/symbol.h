/* Addresses of code as function, file and line (libdw; without it, as numbers). */
#ifndef HEAPSIM_SYMBOL_H
#define HEAPSIM_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes "function (file.c:12)", or as much of it as is known, for the instruction before a return
 * address. Allocates memory: not in a signal handler that may have interrupted libc.
 */
void symbol_describe(const void *return_address, char *text, size_t size);

struct symbol_location {
    char function[80]; /* "": not known */
    char path[512];    /* of the source file, as the compiler was told it; "": not known */
    int line;
};

/* The same in parts. False if not even the function is known. */
bool symbol_locate(const void *return_address, struct symbol_location *location);

/* What follows the last slash of a path. */
const char *symbol_file(const char *path);

/* Writes "function+2": two lines below the line that its code begins with. As above. */
void symbol_place(const void *return_address, char *text, size_t size);

/*
 * True if the instruction before a return address is the application's: its source file is known,
 * and is none of heapsim's kernel/ and sim/. As above.
 */
bool symbol_of_application(const void *return_address);

/*
 * Writes "'name'", or "'name' + 8", for an address in the program's static data. False if it is in
 * none that has a name. As above.
 */
bool symbol_data(uint32_t address, char *text, size_t size);

#endif
