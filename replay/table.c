#include "table.h"

#include <stdio.h>

#include "../sim/arena.h"
#include "../sim/spec.h"

/* 1234567 as 1,234,567; the buffer of each call lasts for four more calls. */
static const char *thousands(uint64_t value)
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

void table_begin(const char *path, const struct trace *trace)
{
    printf("%s: %s\n", path, trace->source);
    printf("%s operations; at most %s bytes live in %s blocks; largest request %s\n",
           thousands(trace->count), thousands(trace->live_max), thousands(trace->slots),
           thousands(trace->largest));
    printf("RAM:");
    for (unsigned i = 0; i < arena_region_count(); i++)
        printf("%s %s, %s bytes at 0x%08x", i == 0 ? "" : ";", arena_region(i)->name,
               thousands(arena_region(i)->size), arena_region(i)->base);
    printf("\n\n%-20s %-4s %12s %9s %13s %9s   %s\n", "heap", "fits", "peak used", "overhead",
           "largest free", "failures", "steps:  mean    p99    worst");
}

void table_row(const struct heap_config *config, const struct run_result *result)
{
    char overhead[16] = "-";

    if (result->live_at_used_max > 0)
        snprintf(overhead, sizeof overhead, "%.1f%%",
                 100.0 * ((double)result->used_max / (double)result->live_at_used_max - 1.0));
    printf("%-20s %-4s %12s %9s %13s %9s   %12.1f %6s %8s\n", config->ops->name,
           result->failures == 0 ? "yes" : "NO", thousands(result->used_max), overhead,
           thousands(result->largest_free), thousands(result->failures), result->steps_mean,
           thousands(result->steps_p99), thousands(result->steps_worst));
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
           thousands(trace_line(result->first_failure)), thousands(bytes),
           thousands(result->first_live));
}

void table_notes(const struct heap_config *config, const struct trace *trace,
                 const struct heap_region *regions, unsigned region_count,
                 const struct run_result *result)
{
    const char *const name = config->ops->name;

    if (result->failures > 0)
        note_first_failure(name, trace, result);
    note_options(config);
    if (region_count < arena_region_count())
        printf("  %s: takes one region; it has the one at 0x%08x\n", name, regions[0].begin);
    if (result->emulated_reallocs > 0)
        printf("  %s: %s; %s times allocated, copied and freed instead\n", name,
               config->ops->capabilities & HEAP_CAN_REALLOC ? "no realloc of aligned blocks"
                                                            : "has no realloc",
               thousands(result->emulated_reallocs));
    if (result->emulated_aligns > 0)
        printf("  %s: has no aligned allocation; %s times a larger block instead\n", name,
               thousands(result->emulated_aligns));
    if (result->frees_dropped > 0)
        printf("  %s: has no free; %s blocks were never given back\n", name,
               thousands(result->frees_dropped));
}
