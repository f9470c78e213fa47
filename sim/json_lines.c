#define _GNU_SOURCE
#include "json_lines.h"

#if HEAPSIM_HAVE_JANSSON
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json_stream.h"
#include "sparse.h"

enum { MEMORY = 1 << 21, LINE = 1 << 18, TRIES = 10000, ALIGN = 16 };

struct work {
    size_t used;
    _Alignas(ALIGN) char memory[MEMORY];
    char line[LINE + 1];
};

bool lines_are_on;

static struct work *work;
static int file = -1;
static atomic_flag pen = ATOMIC_FLAG_INIT;
static json_malloc_t own_malloc; /* the application's, if it uses jansson too */
static json_free_t own_free;

bool lines_open(const char *path)
{
    work = sparse_memory(sizeof *work);
    if (work == NULL)
        errno = ENOMEM;
    else if (strcmp(path, "-") == 0)
        file = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    lines_are_on = file >= 0;
    return lines_are_on;
}

/* --- memory: given back when the line is written --- */

static void *take(size_t size)
{
    const size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
    void *const memory = work->memory + work->used;

    if (rounded < size || rounded > MEMORY - work->used)
        return NULL;
    work->used += rounded;
    return memory;
}

static void give_back(void *memory)
{
    (void)memory;
}

/* --- lines --- */

json_t *line_begin(const char *kind, bool last)
{
    unsigned tries = 0;

    while (atomic_flag_test_and_set_explicit(&pen, memory_order_acquire)) {
        if (tries++ < TRIES)
            sched_yield();
        else if (last)
            break;
        else
            return NULL;
    }
    work->used = 0;
    json_get_alloc_funcs(&own_malloc, &own_free);
    json_set_alloc_funcs(take, give_back);
    json_t *const line = json_object();
    line_put(line, "kind", json_string(kind));
    return line;
}

static void put_out(const char *text, size_t size)
{
    while (size > 0) {
        const ssize_t wrote = write(file, text, size);

        if (wrote < 0 && errno != EINTR)
            return; /* a full disk must not change the run */
        if (wrote > 0) {
            text += wrote;
            size -= (size_t)wrote;
        }
    }
}

void line_end(json_t *line)
{
    const size_t size = json_dumpb(line, work->line, LINE, JSON_COMPACT);

    if (size > 0 && size <= LINE) {
        work->line[size] = '\n';
        put_out(work->line, size + 1);
    }
    json_set_alloc_funcs(own_malloc, own_free);
    atomic_flag_clear_explicit(&pen, memory_order_release);
}

/* --- values --- */

void line_put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

json_t *line_string(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *const clean = text != NULL ? take(strlen(text) * 3 + 1) : NULL;
    size_t used = 0;

    if (clean == NULL)
        return json_null();
    while (*text != '\0') {
        const unsigned length = json_character((const unsigned char *)text);

        memcpy(clean + used, length > 0 ? text : replacement, length > 0 ? length : 3);
        used += length > 0 ? length : 3;
        text += length > 0 ? length : 1;
    }
    return json_stringn(clean, used);
}

json_t *line_text(const char *text)
{
    return text != NULL && text[0] != '\0' ? line_string(text) : json_null();
}

json_t *line_address(unsigned address)
{
    char text[16];

    snprintf(text, sizeof text, "0x%x", address);
    return address != 0 ? json_string(text) : json_null();
}

json_t *line_number(unsigned long long number)
{
    return json_integer((json_int_t)number);
}
#endif
