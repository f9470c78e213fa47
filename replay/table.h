/* The table that replay prints for one trace: a line an allocator, notes below. */
#ifndef HEAPSIM_REPLAY_TABLE_H
#define HEAPSIM_REPLAY_TABLE_H

#include "run.h"

/* 1234567 as 1,234,567; the text of each call lasts for four more calls. */
const char *table_thousands(uint64_t value);

/* What the trace is: two lines. table_begin: also the RAM, and the head of the table. */
void table_trace(const char *path, const struct trace *trace);
void table_begin(const char *path, const struct trace *trace);
void table_row(const struct heap_config *config, const struct run_result *result);
void table_notes(const struct heap_config *config, const struct trace *trace,
                 const struct heap_region *regions, unsigned region_count,
                 const struct run_result *result);

/* What --threads adds: a line. */
struct threads_result;
void table_threads(const struct heap_config *config, const struct threads_result *result);

/* The table of --fit, sorted by RAM. */
struct fit_result;
void table_fits(const struct heap_config *configs, const struct fit_result *results, unsigned count,
                const struct trace *trace);

#endif
