#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#include "../sim/arena.h"
#include "../sim/spec.h"
#include "fit.h"
#include "threads.h"

const char *table_thousands(uint64_t value)
{
    static char buffers[5][32];
    static unsigned next;
    char *const buffer = buffers[next++ % 5];
    char digits[24];
    const int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    int at = 0;

    for (int i = 0; i < count; i++) {
        buffer[at++] = digits[i];
        if ((count - 1 - i) % 3 == 0 && i + 1 < count)
            buffer[at++] = ',';
    }
    buffer[at] = '\0';
    return buffer;
}

void table_trace(const char *path, const struct trace *trace)
{
    printf("%s: %s\n", path, trace->source);
    printf("%s operations; at most %s bytes live in %s blocks; largest request %s\n",
           table_thousands(trace->count), table_thousands(trace->live_max),
           table_thousands(trace->slots), table_thousands(trace->largest));
}

void table_begin(const char *path, const struct trace *trace)
{
    table_trace(path, trace);
    printf("RAM:");
    for (unsigned i = 0; i < arena_region_count(); i++)
        printf("%s %s, %s bytes at 0x%08x", i == 0 ? "" : ";", arena_region(i)->name,
               table_thousands(arena_region(i)->size), arena_region(i)->base);
    printf("\n\n%-20s %-4s %12s %9s %13s %9s   %s\n", "heap", "fits", "peak used", "overhead",
           "largest free", "failures", "steps:  mean    p99    worst");
}

void table_row(const struct heap_config *config, const struct run_result *result)
{
    char overhead[16] = "-";

    if (result->refusal != NULL) {
        printf("%-20s %-4s\n", config->ops->name, "NO");
        return;
    }
    if (result->live_at_used_max > 0)
        snprintf(overhead, sizeof overhead, "%.1f%%",
                 100.0 * ((double)result->used_max / (double)result->live_at_used_max - 1.0));
    printf("%-20s %-4s %12s %9s %13s %9s   %12.1f %6s %8s\n", config->ops->name,
           result->failures == 0 ? "yes" : "NO", table_thousands(result->used_max), overhead,
           table_thousands(result->largest_free), table_thousands(result->failures),
           result->steps_mean, table_thousands(result->steps_p99),
           table_thousands(result->steps_worst));
}

static void note_options(const struct heap_config *config)
{
    const struct heap_option *const options = config->ops->options;
    char value[16];

    for (unsigned i = 0; options[i].key != NULL; i++) {
        if (config->option[i] != options[i].standard) {
            spec_format_value(&options[i], config->option[i], value, sizeof value);
            printf("  %s: %s=%s\n", config->ops->name, options[i].key, value);
        }
    }
}

static void note_first_failure(const char *name, const struct trace *trace,
                               const struct run_result *result)
{
    const struct trace_operation *const op = &trace->operations[result->first_failure];
    const uint64_t bytes =
        op->kind == TRACE_CLEARED ? (uint64_t)op->extra * op->size : (uint64_t)op->size;

    printf("  %s: first failed at line %s, a request of %s bytes with %s live\n", name,
           table_thousands(trace_line(result->first_failure)), table_thousands(bytes),
           table_thousands(result->first_live));
}

void table_notes(const struct heap_config *config, const struct trace *trace,
                 const struct heap_region *regions, unsigned region_count,
                 const struct run_result *result)
{
    const char *const name = config->ops->name;

    if (result->refusal != NULL) {
        printf("  %s: no heap: %s\n", name, result->refusal);
        return;
    }
    if (result->failures > 0)
        note_first_failure(name, trace, result);
    note_options(config);
    if (region_count < arena_region_count())
        printf("  %s: takes one region; it has the one at 0x%08x\n", name, regions[0].begin);
    if (result->emulated_reallocs > 0)
        printf("  %s: %s; %s times allocated, copied and freed instead\n", name,
               config->ops->capabilities & HEAP_CAN_REALLOC ? "no realloc of aligned blocks"
                                                            : "has no realloc",
               table_thousands(result->emulated_reallocs));
    if (result->emulated_aligns > 0)
        printf("  %s: has no aligned allocation; %s times a larger block instead\n", name,
               table_thousands(result->emulated_aligns));
    if (result->frees_dropped > 0)
        printf("  %s: has no free; %s blocks were never given back\n", name,
               table_thousands(result->frees_dropped));
}

void table_threads(const struct heap_config *config, const struct threads_result *result)
{
    printf("  %s: %u tasks; the heap was locked by another task %s times; %s us of virtual time\n",
           config->ops->name, result->tasks, table_thousands(result->lock_waits),
           table_thousands(result->duration_us));
}

static const struct fit_result *sorted_results; /* for qsort, which passes no context */

static int compare_fits(const void *a, const void *b)
{
    const struct fit_result *const x = &sorted_results[*(const unsigned *)a];
    const struct fit_result *const y = &sorted_results[*(const unsigned *)b];

    if (x->fits != y->fits)
        return x->fits ? -1 : 1;
    return x->smallest < y->smallest ? -1 : x->smallest > y->smallest;
}

static void fit_row(const struct heap_config *config, const struct fit_result *result,
                    uint64_t live_max)
{
    char over[16];

    if (!result->fits) {
        printf("%-24s %15s\n", config->ops->name, "does not fit");
        return;
    }
    snprintf(over, sizeof over, "%.1f%%",
             100.0 * ((double)result->smallest / (double)live_max - 1));
    printf("%-24s %15s %10s   %12.1f %6s %8s\n", config->ops->name,
           table_thousands(result->smallest), over, result->run.steps_mean,
           table_thousands(result->run.steps_p99), table_thousands(result->run.steps_worst));
}

void table_fits(const struct heap_config *configs, const struct fit_result *results, unsigned count,
                const struct trace *trace)
{
    unsigned *const order = malloc((count + 1) * sizeof *order);

    if (order == NULL)
        return;
    for (unsigned i = 0; i < count; i++)
        order[i] = i;
    sorted_results = results;
    qsort(order, count, sizeof *order, compare_fits);
    printf("%-24s %15s %10s   %s\n", "heap", "smallest region", "over peak",
           "steps:  mean    p99    worst");
    for (unsigned i = 0; i < count; i++)
        fit_row(&configs[order[i]], &results[order[i]], trace->live_max);
    printf("\n");
    for (unsigned i = 0; i < count; i++)
        if (results[order[i]].irregular)
            printf("  %s: not regular: it passes in %s bytes, and fails in %s\n",
                   configs[order[i]].ops->name, table_thousands(results[order[i]].smallest),
                   table_thousands(results[order[i]].fails_at));
    free(order);
}
