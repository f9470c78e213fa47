#include "report.h"

#include <errno.h>
#include <stdio.h>

#include "../replay/table.h"

#if HEAPSIM_HAVE_JANSSON
#include <jansson.h>
#endif

static bool is_heap(const struct subject *s)
{
    return s->driver == DRIVE_DIRECT || s->driver == DRIVE_FRONT;
}

static const char *driver_name(bool front)
{
    return front ? "kernel/heap/heap.c" : "heap_ops";
}

/* --- tables --- */

static void print_figures(const struct figures *f)
{
    printf(" %11.1f %9.0f %11.0f", f->mean, f->p999, f->worst);
}

static void print_row(const struct workload *w, const struct subject *s, const struct result *r)
{
    char name[SUBJECT_NAME_MAX + 16];

    snprintf(name, sizeof name, "%s", s->name);
    if (is_heap(s) && r->region_bytes != w->region_bytes)
        snprintf(name, sizeof name, "%s (%s KiB)", s->name, table_thousands(r->region_bytes >> 10));
    printf("%-26s", name);
    if (r->absent[0] != '\0') {
        printf("  %s\n", r->absent);
        return;
    }
    printf(" %9.1f", r->best);
    print_figures(&r->ns);
    if (is_heap(s)) {
        print_figures(&r->steps);
        print_figures(&r->moved);
    } else {
        printf(" %11s %9s %11s %11s %9s %11s", "-", "-", "-", "-", "-", "-");
    }
    printf(" %5u\n", r->runs);
}

void report_table(const struct workload *w, bool front, const struct subject *subjects,
                  const struct result *results, unsigned count)
{
    printf("%s: %s\n", w->name, w->title);
    printf("%s operations measured after %s; heaps have %s KiB at 0x20000000, called by %s\n",
           table_thousands(w->count - w->fill), table_thousands(w->fill),
           table_thousands(w->region_bytes >> 10), driver_name(front));
    printf("null driver: %.1f ns an operation, taken off below\n\n", results[0].ns.mean);
    printf("%-26s %43s %33s %33s\n", "", "ns", "steps", "bytes moved");
    printf("%-26s %9s", "allocator", "best");
    for (unsigned i = 0; i < 3; i++)
        printf(" %11s %9s %11s", "mean", "p99.9", "worst");
    printf(" %5s\n", "runs");
    for (unsigned i = 1; i < count; i++)
        print_row(w, &subjects[i], &results[i]);
    printf("\n");
    fflush(stdout);
}

/* --- JSON --- */

#if HEAPSIM_HAVE_JANSSON

static json_t *workloads;

bool report_has_json(void)
{
    return true;
}

static json_t *json_ns(const struct result *r)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "best", r->best, "mean", r->ns.mean, "p99.9",
                     r->ns.p999, "worst", r->ns.worst);
}

static json_t *json_figures(const struct figures *f)
{
    return json_pack("{s:f, s:f, s:f}", "mean", f->mean, "p99.9", f->p999, "worst", f->worst);
}

static json_t *json_result(const struct subject *s, const struct result *r)
{
    json_t *const object = json_pack("{s:s, s:s}", "name", s->name, "kind",
                                     is_heap(s)                ? "heap"
                                     : s->driver == DRIVE_HOST ? "host"
                                                               : "yardstick");

    if (is_heap(s))
        json_object_set_new(object, "region_bytes", json_integer(r->region_bytes));
    if (r->absent[0] != '\0') {
        json_object_set_new(object, "absent", json_string(r->absent));
        return object;
    }
    json_object_set_new(object, "runs", json_integer(r->runs));
    json_object_set_new(object, "ns", json_ns(r));
    if (is_heap(s)) {
        json_object_set_new(object, "steps", json_figures(&r->steps));
        json_object_set_new(object, "moved_bytes", json_figures(&r->moved));
    }
    return object;
}

void report_json_add(const struct workload *w, bool front, const struct subject *subjects,
                     const struct result *results, unsigned count)
{
    json_t *const object =
        json_pack("{s:s, s:s, s:I, s:I, s:s}", "name", w->name, "title", w->title,
                  "filling_operations", (json_int_t)w->fill, "operations",
                  (json_int_t)(w->count - w->fill), "through", driver_name(front));
    json_t *const rows = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(rows, json_result(&subjects[i], &results[i]));
    json_object_set_new(object, "allocators", rows);
    if (workloads == NULL)
        workloads = json_array();
    json_array_append_new(workloads, object);
}

bool report_json_write(const char *path, char *why)
{
    json_t *const document =
        json_pack("{s:i, s:s, s:O}", "heapsim_bench", 1, "ns",
                  "medians of the runs, and the mean of the best one; net of the null driver",
                  "workloads", workloads);
    const bool written =
        json_dump_file(document, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;

    if (!written)
        snprintf(why, TEXT_WHY_MAX, "%s can't be written: %s", path, strerror(errno));
    json_decref(document);
    json_decref(workloads);
    workloads = NULL;
    return written;
}

#else

bool report_has_json(void)
{
    return false;
}

void report_json_add(const struct workload *w, bool front, const struct subject *subjects,
                     const struct result *results, unsigned count)
{
}

bool report_json_write(const char *path, char *why)
{
    snprintf(why, TEXT_WHY_MAX, "%s can't be written: this build has no jansson", path);
    return false;
}

#endif
