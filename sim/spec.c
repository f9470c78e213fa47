#include "spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool spec_number(const char *text, uint64_t *value)
{
    const bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    char *end;

    if (!isdigit((unsigned char)text[0]) ||
        (hexadecimal && !isxdigit((unsigned char)text[2]))) /* strtoull takes signs and blanks */
        return false;
    errno = 0;
    *value = strtoull(text, &end, hexadecimal ? 16 : 10);
    if (errno != 0)
        return false;
    const unsigned shift = *end == 'K' || *end == 'k' ? 10 : *end == 'M' || *end == 'm' ? 20 : 0;
    if (shift != 0)
        end++;
    if (*end != '\0' || *value > UINT64_MAX >> shift)
        return false;
    *value <<= shift;
    return true;
}

static bool wrong(char *why, const char *format, const char *a, const char *b, const char *c)
{
    snprintf(why, SPEC_WHY_MAX, format, a, b, c);
    return false;
}

bool spec_time(const char *text, uint64_t *nanoseconds)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {
        {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    char *end;

    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text[0] >= '0' && text[0] <= '9' && errno == 0 && value > 0 &&
            strcmp(end, units[i].unit) == 0 && value < UINT64_MAX / 2 / units[i].ns) {
            *nanoseconds = value * units[i].ns;
            return true;
        }
    }
    return false;
}

bool spec_version(const char *text, uint64_t *value)
{
    unsigned parts[3];
    int used = 0;

    if (sscanf(text, "%2u.%2u.%2u%n", &parts[0], &parts[1], &parts[2], &used) != 3 ||
        !isdigit((unsigned char)text[0]))
        return false;
    *value = HEAP_VERSION(parts[0], parts[1], parts[2]);
    return text[used] == '\0' || (text[used] == '+' && text[used + 1] == '\0');
}

/* --- regions --- */

bool spec_map_region(const char *text, char *why)
{
    const char *const equals = strchr(text, '=');
    const char *const colon = equals != NULL ? strchr(equals, ':') : NULL;
    char name[ARENA_NAME_MAX];
    char base_text[32];
    uint64_t base;
    uint64_t size;

    if (colon == NULL || equals == text || equals - text >= ARENA_NAME_MAX ||
        colon - equals > (long)sizeof base_text)
        return wrong(why, "--region %.80s: a region is written NAME=BASE:SIZE, for example %s%s",
                     text, "ram=0x20000000:64K", "");
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    snprintf(base_text, sizeof base_text, "%.*s", (int)(colon - equals - 1), equals + 1);
    if (!spec_number(base_text, &base))
        return wrong(why, "--region %.80s: '%s' is no address; write it like %s", text, base_text,
                     "0x20000000");
    if (!spec_number(colon + 1, &size))
        return wrong(why, "--region %.80s: '%.40s' is no size; write it like %s", text, colon + 1,
                     "65536 or 64K");
    return arena_map(name, base, size, why);
}

/* --- heaps --- */

static void list_allocators(char *text, size_t size)
{
    size_t used = 0;

    for (unsigned i = 0; heap_allocators[i] != NULL && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ",
                                 heap_allocators[i]->name);
}

static void list_options(const struct heap_ops *ops, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", ops->options[0].key == NULL ? "none" : "");

    for (unsigned i = 0; ops->options[i].key != NULL && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ",
                                 ops->options[i].key);
}

static bool parse_word(const char *const *words, const char *text, uint64_t *value)
{
    for (*value = 0; words[*value] != NULL; (*value)++)
        if (strcmp(words[*value], text) == 0)
            return true;
    return false;
}

static bool parse_value(const struct heap_option *option, const char *text, uint64_t *value)
{
    if (option->kind == HEAP_OPTION_WORD)
        return parse_word(option->words, text, value);
    if (!(option->kind == HEAP_OPTION_VERSION ? spec_version : spec_number)(text, value))
        return false;
    return *value >= option->least && *value <= option->most &&
           (option->kind != HEAP_OPTION_POWER || is_power_of_two((uint32_t)*value));
}

void spec_format_value(const struct heap_option *option, tsize_t value, char *text, size_t size)
{
    if (option->kind == HEAP_OPTION_WORD)
        snprintf(text, size, "%s", option->words[value]);
    else if (option->kind == HEAP_OPTION_VERSION)
        snprintf(text, size, "%u.%u.%u", value / 10000, value / 100 % 100, value % 100);
    else
        snprintf(text, size, "%u", value);
}

static void describe_values(const struct heap_option *option, char *text, size_t size)
{
    char least[16];
    char most[16];
    size_t used = 0;

    if (option->kind != HEAP_OPTION_WORD) {
        spec_format_value(option, option->least, least, sizeof least);
        spec_format_value(option, option->most, most, sizeof most);
        snprintf(text, size, "%s from %s to %s",
                 option->kind == HEAP_OPTION_POWER     ? "a power of two"
                 : option->kind == HEAP_OPTION_VERSION ? "a version"
                                                       : "a number",
                 least, most);
        return;
    }
    for (unsigned i = 0; option->words[i] != NULL && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "" : " or ",
                                 option->words[i]);
}

bool spec_set_option(struct heap_config *config, const char *key, const char *value, char *why)
{
    const int index = heap_option_index(config->ops, key);
    char known[SPEC_WHY_MAX / 2];
    uint64_t number;

    if (index < 0) {
        list_options(config->ops, known, sizeof known);
        return wrong(why, "heap %s has no option '%.40s'; its options are: %s", config->ops->name,
                     key, known);
    }
    const struct heap_option *const option = &config->ops->options[index];
    if (!parse_value(option, value, &number)) {
        describe_values(option, known, sizeof known);
        return wrong(why, "option %s can't be '%.40s': it takes %s", key, value, known);
    }
    config->option[index] = (tsize_t)number;
    return true;
}

static bool set_options(struct heap_config *config, char *list, char *why)
{
    char *rest;

    for (char *item = strtok_r(list, ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest)) {
        char *const equals = strchr(item, '=');

        if (equals == NULL)
            return wrong(why, "heap %s: '%.40s' is no option; options are written %s",
                         config->ops->name, item, "key=value,key=value");
        *equals = '\0';
        if (!spec_set_option(config, item, equals + 1, why))
            return false;
    }
    return true;
}

bool spec_heap(const char *text, struct heap_config *config, char *why)
{
    const size_t name_length = strcspn(text, ":");
    char copy[256];
    char known[SPEC_WHY_MAX / 2];

    if (strlen(text) >= sizeof copy)
        return wrong(why, "the heap '%.40s...' is too long%s%s", text, "", "");
    memcpy(copy, text, strlen(text) + 1);
    copy[name_length] = '\0';
    const struct heap_ops *const ops = heap_allocator(copy);
    if (ops == NULL) {
        list_allocators(known, sizeof known);
        return wrong(why, "there is no heap '%.60s'; heaps are: %s%s", copy, known, "");
    }
    heap_config_standard(config, ops);
    return text[name_length] == '\0' || set_options(config, copy + name_length + 1, why);
}

void spec_print_heaps(void)
{
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        const struct heap_ops *const ops = heap_allocators[i];

        fprintf(stdout, "  %-22s %s\n", ops->name, ops->title);
        for (const struct heap_option *option = ops->options; option->key != NULL; option++) {
            char standard[16];

            spec_format_value(option, option->standard, standard, sizeof standard);
            fprintf(stdout, "    %-20s %s (%s; standard %s)\n", option->key, option->help,
                    option->upstream, standard);
        }
    }
}
