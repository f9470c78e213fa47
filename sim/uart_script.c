/*
 * Scripts of what a terminal sends (docs/uart.md): lines of a time and a string.
 *
 *   # heapsim uart-script 1
 *   20ms "help\r"
 *   1500000ns "\x03"
 *   2s end
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uart.h"

struct item {
    uint64_t time;
    unsigned byte;
};

static struct item *items;
static size_t item_count, item_next;

static bool add(uint64_t time, unsigned byte)
{
    if ((item_count & (item_count - 1)) == 0) { /* a power of two: full */
        const size_t room = item_count == 0 ? 1 : 2 * item_count;
        struct item *const larger = realloc(items, room * sizeof items[0]);

        if (larger == NULL)
            return false;
        items = larger;
    }
    items[item_count++] = (struct item){time, byte};
    return true;
}

/* A number and its unit; NULL if it is none. */
static const char *read_time(const char *text, uint64_t *time)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    char *end;

    if (!isdigit((unsigned char)*text))
        return NULL;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t length = strlen(units[i].name);

        if (strncmp(end, units[i].name, length) != 0 || !isspace((unsigned char)end[length]))
            continue;
        if (errno != 0 || number > UINT64_MAX / 2 / units[i].ns)
            return NULL;
        *time = number * units[i].ns;
        return end + length;
    }
    return NULL;
}

static int hex(char digit)
{
    if (isdigit((unsigned char)digit))
        return digit - '0';
    return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

/* One character of a string, moving on; -1 if it is none. */
static int read_character(const char **at)
{
    static const char escapes[] = "r\rn\nt\t\"\"\\\\";
    const char *text = *at;

    if (*text != '\\') {
        *at = text + 1;
        return isprint((unsigned char)*text) ? (unsigned char)*text : -1;
    }
    if (text[1] == 'x' && hex(text[2]) >= 0 && hex(text[3]) >= 0) {
        *at = text + 4;
        return hex(text[2]) * 16 + hex(text[3]);
    }
    for (size_t i = 0; escapes[i] != '\0'; i += 2) {
        if (text[1] == escapes[i]) {
            *at = text + 2;
            return escapes[i + 1];
        }
    }
    return -1;
}

static bool ends(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text == '\0' || *text == '#';
}

/* NULL, or what is wrong with the line. */
static const char *read_line(const char *text, uint64_t *last)
{
    uint64_t time;

    if (ends(text))
        return NULL;
    text = read_time(text + strspn(text, " \t"), &time);
    if (text == NULL)
        return "a line begins with a time like 500us, 20ms or 3s, then a blank";
    if (time < *last)
        return "its time is before that of the line above";
    *last = time;
    text += strspn(text, " \t");
    if (strncmp(text, "end", 3) == 0 && ends(text + 3))
        return add(time, UART_END) ? NULL : "there is no memory for it";
    if (*text++ != '"')
        return "after the time comes a string in double quotes, or the word end";
    while (*text != '"') {
        const int byte = read_character(&text);

        if (byte < 0)
            return "in a string stand printable characters, \\r \\n \\t \\\" \\\\ and \\x41";
        if (!add(time, (unsigned)byte))
            return "there is no memory for it";
    }
    return ends(text + 1) ? NULL : "after the string nothing more is expected";
}

const char *uart_script_read(const char *path, char *why, unsigned size)
{
    FILE *const file = fopen(path, "r");
    const char *wrong = NULL;
    char line[4096];
    uint64_t last = 0;
    unsigned number = 0;

    if (file == NULL) {
        snprintf(why, size, "the script %s can't be read: %s", path, strerror(errno));
        return why;
    }
    while (wrong == NULL && fgets(line, sizeof line, file) != NULL) {
        number++;
        wrong = strlen(line) == sizeof line - 1 ? "the line is too long" : read_line(line, &last);
    }
    fclose(file);
    if (wrong == NULL)
        return NULL;
    snprintf(why, size, "%s:%u: %s", path, number, wrong);
    return why;
}

bool uart_script_next(uint64_t *time, unsigned *byte)
{
    if (item_next == item_count)
        return false;
    *time = items[item_next].time;
    *byte = items[item_next++].byte;
    return true;
}
