/*
 * A file of JSON objects, one a line (--json). Each goes out in one write(2) as soon as it is made,
 * so that a process that is killed leaves whole lines.
 *
 * jansson makes them, in memory of their own: nothing here calls malloc, so a line may be written
 * in a signal handler that interrupted it.
 */
#ifndef HEAPSIM_JSON_LINES_H
#define HEAPSIM_JSON_LINES_H

#include <stdbool.h>

#if HEAPSIM_HAVE_JANSSON
#include <jansson.h>

/* "-" is standard output. False with errno if there is no such file, or no memory. */
bool lines_open(const char *path);

extern bool lines_are_on;

/*
 * Takes the pen, which line_end() gives back: other threads wait meanwhile. NULL: another line is
 * being written, and waiting is in vain: it may be the interrupted code's. `last` takes it then,
 * for the last line that the process writes.
 */
json_t *line_begin(const char *kind, bool last);
void line_end(json_t *line);

/* Between both. `value` is the object's from then on. */
void line_put(json_t *object, const char *key, json_t *value);

/* Of any bytes: those that are no UTF-8 become U+FFFD. null for NULL and, with line_text(), "". */
json_t *line_string(const char *text);
json_t *line_text(const char *text);

/* "0x20000048"; null for 0. */
json_t *line_address(unsigned address);

json_t *line_number(unsigned long long number);
#endif

#endif
