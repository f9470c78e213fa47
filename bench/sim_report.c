#include "sim_report.h"

#include <stdio.h>

#if HEAPSIM_HAVE_JANSSON
#include <jansson.h>
#endif

/* --- the table --- */

static void print_aim(const struct sim_case *c, const struct sim_result *r)
{
    if (c->aim_ratio > 0)
        printf("  at most %.1f x: %s", c->aim_ratio, r->ratio <= c->aim_ratio ? "holds" : "missed");
    else if (c->aim_ns > 0)
        printf("  at most %.0f ns: %s", c->aim_ns, r->ns <= c->aim_ns ? "holds" : "missed");
}

void sim_report_table(const struct sim_result *results, unsigned runs)
{
    printf("median and best of %u runs, ns an operation on the CPU\n\n", runs);
    printf("%-28s %-8s %10s %10s %10s %7s  %s\n", "operation", "carrier", "median", "best",
           "the host's", "ratio", "aim");
    for (unsigned i = 0; sim_cases[i].name != NULL; i++) {
        const struct sim_case *const c = &sim_cases[i];
        const struct sim_result *const r = &results[i];

        if (r->ns == 0)
            continue; /* not chosen */
        printf("%-28s %-8s %10.1f %10.1f", c->title, c->carrier, r->ns, r->best);
        if (c->raw != NULL)
            printf(" %10.1f %7.2f", r->raw_ns, r->ratio);
        else
            printf(" %10s %7s", "-", "-");
        print_aim(c, r);
        printf("\n");
    }
    printf("\nThe host's own: ");
    for (unsigned i = 0, some = 0; sim_cases[i].name != NULL; i++)
        if (results[i].raw_ns > 0)
            printf("%s%s: %s", some++ > 0 ? "; " : "", sim_cases[i].name, sim_cases[i].raw_title);
    printf(".\n");
}

/* --- JSON --- */

#if HEAPSIM_HAVE_JANSSON

bool sim_report_has_json(void)
{
    return true;
}

static json_t *json_case(const struct sim_case *c, const struct sim_result *r)
{
    json_t *const object =
        json_pack("{s:s, s:s, s:s, s:{s:f, s:f}}", "name", c->name, "title", c->title, "carrier",
                  c->carrier, "ns", "median", r->ns, "best", r->best);

    if (c->raw != NULL)
        json_object_set_new(object, "host",
                            json_pack("{s:s, s:{s:f, s:f}, s:f}", "title", c->raw_title, "ns",
                                      "median", r->raw_ns, "best", r->raw_best, "ratio", r->ratio));
    if (c->aim_ns > 0)
        json_object_set_new(object, "aim_ns", json_real(c->aim_ns));
    if (c->aim_ratio > 0)
        json_object_set_new(object, "aim_ratio", json_real(c->aim_ratio));
    return object;
}

bool sim_report_json(const char *path, const struct sim_result *results, unsigned runs)
{
    json_t *const rows = json_array();

    for (unsigned i = 0; sim_cases[i].name != NULL; i++)
        if (results[i].ns > 0)
            json_array_append_new(rows, json_case(&sim_cases[i], &results[i]));
    json_t *const document =
        json_pack("{s:i, s:i, s:o}", "heapsim_bench_sim", 1, "runs", (int)runs, "operations", rows);
    const bool written =
        json_dump_file(document, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;

    json_decref(document);
    return written;
}

#else

bool sim_report_has_json(void)
{
    return false;
}

bool sim_report_json(const char *path, const struct sim_result *results, unsigned runs)
{
    return false;
}

#endif
