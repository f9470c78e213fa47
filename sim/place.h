/*
 * Places of a steered run, by what the source says: "add_one+2 write 3" is the third write of its
 * context two lines below the first of add_one(). So a place survives changes elsewhere.
 */
#ifndef HEAPSIM_PLACE_H
#define HEAPSIM_PLACE_H

#include <stddef.h>

#include "steer.h"

enum { PLACE_TEXT_MAX = 120 };

/* Names a point and counts it: each point of the run once, in order. Slow: it looks up symbols. */
void place_name(const struct steer_point *point, char *text, size_t size);

/* For people: "add_one (lost.c:4) < adds (lost.c:5)", of the code that runs now. */
void place_describe(char *text, size_t size);

#endif
