/* bench_sim's table, and the same as JSON where the build has jansson. */
#ifndef HEAPSIM_BENCH_SIM_REPORT_H
#define HEAPSIM_BENCH_SIM_REPORT_H

#include "sim_cases.h"

struct sim_result {
    double ns, best;         /* an operation: in the median run, in the fastest */
    double raw_ns, raw_best; /* of the host's own; 0: there is none */
    double ratio;            /* median of the runs' ratios */
};

void sim_report_table(const struct sim_result *results, unsigned runs);

/* False if this build can't write JSON. */
bool sim_report_has_json(void);

/* False if the file can't be written. */
bool sim_report_json(const char *path, const struct sim_result *results, unsigned runs);

#endif
