/* The tables, and the same as JSON where the build has jansson. */
#ifndef HEAPSIM_BENCH_REPORT_H
#define HEAPSIM_BENCH_REPORT_H

#include "measure.h"

/* subjects[0] is the null driver. */
void report_table(const struct workload *workload, bool front, const struct subject *subjects,
                  const struct result *results, unsigned count);

/* False if this build can't write JSON. */
bool report_has_json(void);

/* Adds a workload to the document, and writes it whole. False, with a sentence in `why`. */
void report_json_add(const struct workload *workload, bool front, const struct subject *subjects,
                     const struct result *results, unsigned count);
bool report_json_write(const char *path, char *why);

#endif
