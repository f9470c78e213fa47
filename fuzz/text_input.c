#define _GNU_SOURCE
#include "text_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail.h"
#include "target.h"

enum { HEARD_MAX = 1 << 16 };

/* What stands in for a standard stream. */
static struct listener {
    FILE *file, *real;
    size_t count;
    char heard[HEARD_MAX + 1];
} printed, told;

static void give_up(const char *what)
{
    perror(what);
    exit(2);
}

/* --- the input as a file --- */

static void count_lines(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        fuzz_operations += data[i] == '\n' || i + 1 == size;
}

const char *text_input_file(const uint8_t *data, size_t size)
{
    static char path[40];
    static int file = -1;

    if (file < 0) {
        file = memfd_create("input", 0);
        if (file < 0)
            give_up("memfd_create");
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
        give_up("the input's file");
    count_lines(data, size);
    return path;
}

/* --- what is said --- */

static ssize_t keep(void *cookie, const char *text, size_t size)
{
    struct listener *const l = cookie;
    const size_t room = HEARD_MAX - l->count;
    const size_t kept = size < room ? size : room;

    memcpy(l->heard + l->count, text, kept);
    l->count += kept;
    return (ssize_t)size;
}

static void listen_to(struct listener *l, FILE **stream)
{
    if (l->file == NULL)
        l->file = fopencookie(l, "w", (cookie_io_functions_t){.write = keep});
    if (l->file == NULL)
        give_up("fopencookie");
    l->count = 0;
    l->real = *stream;
    *stream = l->file;
}

static void give_back(struct listener *l, FILE **stream)
{
    *stream = l->real;
    fflush(l->file);
    l->heard[l->count] = '\0';
}

void text_input_listen(void)
{
    listen_to(&printed, &stdout);
    listen_to(&told, &stderr);
}

void text_input_hear(const char **out, const char **err)
{
    give_back(&printed, &stdout);
    give_back(&told, &stderr);
    *out = printed.heard;
    *err = told.heard;
}

/* --- sentences --- */

void text_input_check_lines(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f)
            fail("a control character of the input is printed");
}

void text_input_check_sentence(const char *sentence)
{
    if (sentence[0] == '\0')
        fail("a mistake has no sentence");
    for (const char *c = sentence; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            fail("a control character of the input is printed");
}

void text_input_check_message(const char *message)
{
    char sentence[4096];
    const size_t length = strlen(message);

    if (length == 0 || message[length - 1] != '\n')
        fail("a message does not end with a line end");
    snprintf(sentence, sizeof sentence, "%.*s", (int)(length - 1), message);
    text_input_check_sentence(sentence);
}
