#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heapsim.h"
#include "options.h"
#include "spec.h"

extern const struct sim_argument sim_arguments[] __attribute__((weak)); /* the application's */

enum { ARGUMENTS_MAX = 16 };

static const char *given[ARGUMENTS_MAX]; /* in the order of the table; NULL: the standard */

bool arguments_declared(void)
{
    return sim_arguments != NULL;
}

/* The index of the name that begins `text` and is `length` long, or ARGUMENTS_MAX. */
static unsigned find(const char *text, size_t length)
{
    for (unsigned i = 0; i < ARGUMENTS_MAX && sim_arguments[i].name != NULL; i++)
        if (strlen(sim_arguments[i].name) == length &&
            strncmp(sim_arguments[i].name, text, length) == 0)
            return i;
    return ARGUMENTS_MAX;
}

/* "1..64": a range of numbers. */
static bool is_range(const char *values, uint64_t *least, uint64_t *most)
{
    const char *const dots = strstr(values, "..");

    if (dots == NULL)
        return false;
    *least = strtoull(values, NULL, 10);
    *most = strtoull(dots + 2, NULL, 10);
    return true;
}

/* "on|off": one of the words. */
static bool is_word(const char *values, const char *value)
{
    const size_t length = strlen(value);

    while (values != NULL) {
        const char *const end = strchr(values, '|');

        if (strncmp(values, value, length) == 0 && length > 0 &&
            (values[length] == '|' || values[length] == '\0'))
            return true;
        values = end != NULL ? end + 1 : NULL;
    }
    return false;
}

static bool suits(const struct sim_argument *argument, const char *value)
{
    uint64_t least, most, number = 0;

    if (!is_range(argument->values, &least, &most))
        return is_word(argument->values, value);
    return spec_number(value, &number) && number >= least && number <= most;
}

void arguments_take(const char *text)
{
    const size_t length = strcspn(text, "=");
    const unsigned index = find(text, length);

    if (index == ARGUMENTS_MAX)
        sim_bad_usage("there is no argument '%.*s'; --help tells which there are", (int)length,
                      text);
    const char *const value = text[length] == '=' ? text + length + 1 : "";
    if (!suits(&sim_arguments[index], value))
        sim_bad_usage("the argument %s takes %s, not '%s'", sim_arguments[index].name,
                      sim_arguments[index].values, value);
    given[index] = value;
}

void arguments_help(char *text, size_t size)
{
    size_t used = strlen(text);

    for (unsigned i = 0; arguments_declared() && i < ARGUMENTS_MAX && sim_arguments[i].name != NULL;
         i++) {
        const struct sim_argument *const a = &sim_arguments[i];

        if (used < size)
            used += (size_t)snprintf(text + used, size - used, "%s  %s=%s  %s (standard: %s)\n",
                                     i == 0 ? "Arguments:\n" : "", a->name, a->values, a->help,
                                     a->standard);
    }
}

const char *sim_argument(const char *name)
{
    const unsigned index = arguments_declared() ? find(name, strlen(name)) : ARGUMENTS_MAX;

    if (index == ARGUMENTS_MAX)
        sim_bad_usage("sim_argument(\"%s\"): the application's sim_arguments has no such name",
                      name);
    return given[index] != NULL ? given[index] : sim_arguments[index].standard;
}

uint32_t sim_argument_number(const char *name)
{
    uint64_t number = 0;

    spec_number(sim_argument(name), &number);
    return (uint32_t)number;
}
