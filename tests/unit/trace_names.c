/* Every kind of event has a name of its own in the traces, and a place on the pages about them. */
#include <ctype.h>
#include <stdio.h>

#include "../../sim/trace.h"
#include "unit.h"

enum { PAGE_MAX = 1 << 16, WORD_MAX = 64 };

static const char *const heap_names[] = {"heap-alloc", "heap-realloc", "heap-free", "heap-fail"};

static char page[PAGE_MAX];

static void read_page(const char *path)
{
    FILE *const file = fopen(path, "r");

    if (file == NULL)
        fail_msg("%s can't be read", path);
    const size_t length = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    assert_true(length < sizeof page - 1);
    page[length] = '\0';
}

/* As the pages write it, between backquotes. */
static void need(const char *path, const char *name)
{
    char word[WORD_MAX];

    snprintf(word, sizeof word, "`%s`", name);
    if (strstr(page, word) == NULL)
        fail_msg("%s does not tell of %s", path, word);
}

static bool is_name(const char *word, size_t length)
{
    for (enum kernel_event event = 0; event < KERNEL_EVENTS; event++)
        if (strlen(trace_event_name(event)) == length &&
            strncmp(trace_event_name(event), word, length) == 0)
            return true;
    for (unsigned i = 0; i < sizeof heap_names / sizeof heap_names[0]; i++)
        if (strlen(heap_names[i]) == length && strncmp(heap_names[i], word, length) == 0)
            return true;
    return false;
}

static void names(void **state)
{
    (void)state;
    for (enum kernel_event event = 0; event < KERNEL_EVENTS; event++) {
        const char *const name = trace_event_name(event);

        if (name == NULL)
            fail_msg("event %u has no name", event);
        assert_true(name[0] != '\0');
        for (const char *c = name; *c != '\0'; c++)
            assert_true(islower((unsigned char)*c) || *c == '-');
        for (enum kernel_event other = 0; other < event; other++)
            assert_string_not_equal(name, trace_event_name(other));
    }
    for (enum wake_reason reason = 0; reason < WAKE_REASONS; reason++) {
        if (trace_wake_name(reason) == NULL)
            fail_msg("reason %u to wake a task has no name", reason);
        for (enum wake_reason other = 0; other < reason; other++)
            assert_string_not_equal(trace_wake_name(reason), trace_wake_name(other));
    }
}

static void pages(void **state)
{
    static const char *const paths[] = {HEAPSIM_DOCS "/trace-text.md",
                                        HEAPSIM_DOCS "/trace-json.md"};

    (void)state;
    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        read_page(paths[i]);
        for (enum kernel_event event = 0; event < KERNEL_EVENTS; event++)
            need(paths[i], trace_event_name(event));
        for (unsigned k = 0; k < sizeof heap_names / sizeof heap_names[0]; k++)
            need(paths[i], heap_names[k]);
    }
}

/* The table of the text trace's events names each once, and no other. */
static void table(void **state)
{
    unsigned rows = 0;

    (void)state;
    read_page(HEAPSIM_DOCS "/trace-text.md");
    const char *line = strstr(page, "\n| event |");
    assert_non_null(line);
    while (line[1] == '|') {
        line++;
        for (const char *c = line + 1; *c != '|' && *c != '\n'; c++) {
            if (*c != '`')
                continue;
            const size_t length = strcspn(++c, "`\n");
            if (!is_name(c, length))
                fail_msg("the table has an event `%.*s`, which there is not", (int)length, c);
            rows++;
            c += length;
        }
        line = strchr(line, '\n');
        assert_non_null(line);
    }
    assert_int_equal(rows, KERNEL_EVENTS + sizeof heap_names / sizeof heap_names[0]);
}

/* The numbers that the row of `wake` explains are those of enum wake_reason. */
static void reasons(void **state)
{
    char number[16];

    (void)state;
    read_page(HEAPSIM_DOCS "/trace-text.md");
    char *const row = strstr(page, "\n| `wake` |");
    assert_non_null(row);
    row[1 + strcspn(row + 1, "\n")] = '\0';
    for (enum wake_reason reason = 0; reason < WAKE_REASONS; reason++) {
        snprintf(number, sizeof number, " %u ", reason);
        if (strstr(row, number) == NULL)
            fail_msg("the row of wake does not tell what %u is", reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(pages),
                                       cmocka_unit_test(table), cmocka_unit_test(reasons)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
