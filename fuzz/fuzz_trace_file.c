/*
 * fuzz_trace_file: allocation traces (docs/traces.md), plain or compressed, as replay reads them.
 * What was read is written and read again, and must be the same; then a heap lives through it:
 * which one the number of its lines says.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel/heap/allocators.h"
#include "../replay/run.h"
#include "../replay/trace.h"
#include "../sim/arena.h"
#include "../sim/diagnose.h"
#include "../sim/sanitizers.h"
#include "fail.h"
#include "target.h"
#include "text_input.h"

#if WITH_ASAN && UINTPTR_MAX == UINT32_MAX
enum { RAM = 0x60000000 }; /* its shadow lies at the usual address */
#else
enum { RAM = 0x20000000 };
#endif

enum { RAM_SIZE = 64 << 10, OPERATIONS_MOST = 2000 };

/* --- written again --- */

static void write_operation(FILE *file, const struct trace_operation *op)
{
    fprintf(file, "%llu %u %c %u", (unsigned long long)op->time, op->thread, op->kind, op->slot);
    if (op->kind == TRACE_CLEARED)
        fprintf(file, " %u %u\n", op->extra, op->size);
    else if (op->kind == TRACE_ALIGNED)
        fprintf(file, " %u %u\n", op->size, op->extra);
    else if (op->kind == TRACE_FREE)
        fprintf(file, "\n");
    else
        fprintf(file, " %u\n", op->size);
}

static char *write_trace(const struct trace *trace, size_t *size)
{
    char *text;
    FILE *const file = open_memstream(&text, size);

    if (file == NULL)
        fail("there is no memory for the trace as text");
    fprintf(file, "# heap-trace 1\n# source %s\n# time us\n", trace->source);
    for (size_t i = 0; i < trace->count; i++)
        write_operation(file, &trace->operations[i]);
    fclose(file);
    return text;
}

static bool same_operation(const struct trace_operation *a, const struct trace_operation *b)
{
    return a->time == b->time && a->thread == b->thread && a->slot == b->slot &&
           a->size == b->size && a->extra == b->extra && a->kind == b->kind;
}

static bool same_traces(const struct trace *a, const struct trace *b)
{
    if (a->count != b->count || a->threads != b->threads || a->slots != b->slots ||
        a->live_max != b->live_max || a->largest != b->largest || strcmp(a->source, b->source) != 0)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_operation(&a->operations[i], &b->operations[i]))
            return false;
    return true;
}

static void write_and_read(const struct trace *trace)
{
    const uint64_t operations = fuzz_operations;
    struct trace again;
    char why[TEXT_WHY_MAX];
    size_t size;
    char *const text = write_trace(trace, &size);

    if (!trace_read(&again, text_input_file((const uint8_t *)text, size), why))
        fail("a trace that was read and written can't be read");
    if (!same_traces(trace, &again))
        fail("a trace that was read and written reads otherwise");
    trace_free(&again);
    free(text);
    fuzz_operations = operations; /* counted once */
}

/* --- replayed --- */

static void replay(const struct trace *trace)
{
    const struct heap_region region = {RAM, RAM_SIZE, 0};
    struct heap_config config;
    struct run_result result;
    char why[TEXT_WHY_MAX];
    unsigned heaps = 0;

    while (heap_allocators[heaps] != NULL)
        heaps++;
    const struct heap_ops *const ops = heap_allocators[trace->count % heaps];
    heap_config_standard(&config, ops);
    const int block_size = heap_option_index(ops, "block_size");
    if (block_size >= 0)
        config.option[block_size] = trace->largest > 0 ? trace->largest : 1;
    if (run_trace(trace, &config, &region, 1, RUN_WHOLE, &result, why) != RUN_DONE)
        text_input_check_sentence(why);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char why[ARENA_WHY_MAX];

    (void)argc;
    (void)argv;
    fail_about("trace_file");
    diagnose_set_policy(VIOLATION_RETURN);
    fail_if(arena_map("ram", RAM, RAM_SIZE, why) ? NULL : "there is no RAM");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[TEXT_WHY_MAX];
    struct trace trace;

    if (!trace_read(&trace, text_input_file(data, size), why)) {
        text_input_check_sentence(why);
        if (strstr(why, ", line ") == NULL)
            fail("a mistake in the file does not name its line");
        return 0;
    }
    if (trace.source[0] != '\0')
        text_input_check_sentence(trace.source);
    write_and_read(&trace);
    if (trace.count <= OPERATIONS_MOST)
        replay(&trace);
    trace_free(&trace);
    return 0;
}
