/* Schedules in files: see schedule_file.c. */
#ifndef HEAPSIM_SCHEDULE_FILE_H
#define HEAPSIM_SCHEDULE_FILE_H

#include "steer.h"

void schedule_file_write(const char *path, const struct schedule *schedule);

#endif
