/*
 * Schedules as text: "worker@57:tick;isr:5@3:line2;main@9:core1". Of a context (a task, by name and
 * "#2" for the second of that name, or an ISR), after so many of its points: what is done there.
 */
#ifndef HEAPSIM_SCHEDULE_H
#define HEAPSIM_SCHEDULE_H

#include <stddef.h>

#include "steer.h"

enum { SCHEDULE_TEXT_MAX = STEER_ACTIONS_MAX * 64 };

/* After steer_start(). NULL, or a clause that says what is wrong with it. */
const char *schedule_parse(const char *text, struct schedule *schedule);

void schedule_format(const struct schedule *schedule, char *text, size_t size);

/* False if it is none. */
bool schedule_parse_action(const char *text, struct steer_action *action);

/* "tick", "line2", "core1"; into at least 16 bytes. */
void schedule_format_action(const struct steer_action *action, char *text, size_t size);

#endif
