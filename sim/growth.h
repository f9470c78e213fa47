/*
 * Who holds how much at given times (--snapshot), and what grew between them. What is noted is the
 * state before the first heap operation at or after that time, or at the end of the run: nothing
 * more is due because of it, so the run is the same with and without.
 */
#ifndef HEAPSIM_GROWTH_H
#define HEAPSIM_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

enum { GROWTH_MOMENTS_MAX = 16 };

/* False: so many are noted already. `text` is the time as the user wrote it. */
bool growth_note_at(uint64_t time, const char *text);
bool growth_is_wanted(void);

/* Before the ledger starts: it must hear first of what happens. False: no memory. */
bool growth_start(void);

/* When it has. */
void growth_watch(void);

/* At the end: prints all of it. Allocates memory (symbol.h). */
void growth_report(void);

#endif
