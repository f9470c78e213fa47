/*
 * Schedules in files, one action a line, at places that survive changes elsewhere (place.h):
 *
 *   # what may stand here is for people
 *   tick add#2 add_one+0 write 1
 *   line3 main main+14 call 2
 *
 * The action, the context, and the place among the context's points.
 */
#ifndef HEAPSIM_SCHEDULE_FILE_H
#define HEAPSIM_SCHEDULE_FILE_H

#include <stdio.h>

#include "schedule.h"

/* While a run is in STEER_RECORD: writes what it does, action by action. */
void schedule_file_record(FILE *file);

/*
 * From now on the run, in STEER_RECORD, does what the file says. NULL, or a clause that says what
 * is wrong with it, with its line in *line, or 0 if it is no line's fault.
 */
const char *schedule_file_follow(FILE *file, unsigned *line);

/* How many of its places were not reached so far; tells which on standard error. */
unsigned schedule_file_missed(void);

#endif
