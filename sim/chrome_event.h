/*
 * The objects of Chrome's trace event format that a trace is made of, between stream_enter() and
 * stream_leave(). What begins an object leaves it open for arguments.
 */
#ifndef HEAPSIM_CHROME_EVENT_H
#define HEAPSIM_CHROME_EVENT_H

#include <stdbool.h>
#include <stdint.h>

/* Groups of tracks: processes in the viewers. */
enum { GROUP_CORES = 1, GROUP_TASKS, GROUP_LINES, GROUP_HEAPS };

struct place {
    unsigned group;
    unsigned track;
    uint64_t time; /* nanoseconds */
    bool in_slice; /* the track shows a slice there */
};

/* What all events have; `phase` is the format's letter. Ends with stream_end(). */
void chrome_begin(const char *phase, unsigned group, unsigned track, uint64_t time);

/* A slice; ends with stream_end(). Its end is an event of its own. */
void chrome_begin_slice(unsigned group, unsigned track, uint64_t time, const char *name);
void chrome_end_slice(unsigned group, unsigned track, uint64_t time);

/* A mark "NAME OBJECT", inside its arguments; ends with chrome_end_args(). */
void chrome_begin_instant(struct place at, const char *name, const char *object);

/* Ends the arguments and the event. */
void chrome_end_args(void);

/* One end of an arrow: phase "s" where it starts, "f" where it ends, each inside a slice. */
void chrome_flow(const char *phase, struct place at, uint64_t number, uint32_t task);

/* Names a group or a track: `what` is "process_name" or "thread_name", the argument "name". */
void chrome_begin_name(const char *what, unsigned group, unsigned track);

/* Ends it, and puts it in its place among the others: "process_sort_index", "thread_sort_index". */
void chrome_end_name(const char *what, unsigned group, unsigned track, uint64_t place_in_list);
void chrome_name_group(unsigned group, const char *name);

#endif
