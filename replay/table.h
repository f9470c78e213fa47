/* The table that replay prints for one trace: a line an allocator, notes below. */
#ifndef HEAPSIM_REPLAY_TABLE_H
#define HEAPSIM_REPLAY_TABLE_H

#include "run.h"

void table_begin(const char *path, const struct trace *trace);
void table_row(const struct heap_config *config, const struct run_result *result);
void table_notes(const struct heap_config *config, const struct trace *trace,
                 const struct heap_region *regions, unsigned region_count,
                 const struct run_result *result);

#endif
