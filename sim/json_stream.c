#define _GNU_SOURCE
#include "json_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "../kernel/kernel.h"
#include "last_words.h"
#include "reach.h"

enum {
    BUFFER = 1 << 16,
    OBJECT_MOST = 4096, /* two texts in which every byte takes six */
    SPINS = 100,
    SAVE_TRIES = 10000
};

static struct {
    int file; /* -1: none, or the disk is full */
    atomic_flag busy;
    bool was_masked;
    bool first;      /* no object yet */
    bool comma;      /* before the next field */
    bool saved;      /* the process dies: nothing more is written */
    size_t used;     /* bytes in the buffer... */
    size_t complete; /* ...of which are whole objects... */
    size_t written;  /* ...and are in the file already */
    char buffer[BUFFER];
} stream = {.file = -1, .busy = ATOMIC_FLAG_INIT};

/* --- the file --- */

static void flush(void)
{
    while (stream.file >= 0 && stream.written < stream.complete) {
        const ssize_t wrote =
            write(stream.file, stream.buffer + stream.written, stream.complete - stream.written);

        if (wrote > 0) {
            stream.written += (size_t)wrote;
        } else if (wrote < 0 && errno != EINTR) {
            close(stream.file); /* a full disk must not change the run */
            stream.file = -1;
        }
    }
    stream.used = stream.complete = stream.written = 0;
}

static void put_out(const char *text, size_t size)
{
    size_t done = 0;

    while (done < size) {
        const ssize_t wrote = write(stream.file, text + done, size - done);

        if (wrote <= 0)
            return;
        done += (size_t)wrote;
    }
}

/*
 * Perhaps in the middle of an object or of flush(): the buffer is left as it is. The lock may be
 * held by the interrupted code, so it is only asked for.
 */
static void save(int number)
{
    (void)number;
    for (unsigned i = 0; i < SAVE_TRIES && atomic_flag_test_and_set(&stream.busy); i++)
        sched_yield();
    if (stream.file < 0 || stream.saved)
        return;
    stream.saved = true;
    put_out(stream.buffer + stream.written, stream.complete - stream.written);
    put_out("\n]\n", 3);
    stream.file = -1;
}

bool stream_open(const char *path)
{
    reach_leave_out(&stream, sizeof stream);
    stream.file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (stream.file < 0)
        return false;
    stream.first = true;
    memcpy(stream.buffer, "[\n", 2);
    stream.used = stream.complete = 2;
    last_words_add(save);
    return true;
}

void stream_close(void)
{
    stream_enter();
    flush();
    memcpy(stream.buffer, "\n]\n", 3);
    stream.used = stream.complete = 3;
    flush();
    if (stream.file >= 0)
        close(stream.file);
    stream.file = -1;
    stream_leave();
}

/* --- who may write --- */

/*
 * This core's interrupts wait meanwhile, pending, as in a critical section of the kernel: their
 * handlers write objects too.
 */
void stream_enter(void)
{
    struct core *const core = kernel_core();
    const bool masked = core->masked;

    core->masked = true;
    atomic_signal_fence(memory_order_seq_cst);
    for (unsigned i = 0; atomic_flag_test_and_set_explicit(&stream.busy, memory_order_acquire); i++)
        if (i >= SPINS)
            sched_yield();
    stream.was_masked = masked;
}

void stream_leave(void)
{
    const bool masked = stream.was_masked;

    atomic_flag_clear_explicit(&stream.busy, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
    kernel_core()->masked = masked;
}

/* --- objects --- */

static void put(const char *text, size_t length)
{
    memcpy(stream.buffer + stream.used, text, length);
    stream.used += length;
}

static void put_char(char c)
{
    stream.buffer[stream.used++] = c;
}

static void put_number(uint64_t value, unsigned digits_least)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || count < digits_least);
    while (count > 0)
        put_char(digits[--count]);
}

void stream_begin(void)
{
    if (BUFFER - stream.used < OBJECT_MOST)
        flush();
    if (stream.first)
        put_char('{');
    else
        put(",\n{", 3);
    stream.comma = false;
}

void stream_end(void)
{
    put_char('}');
    stream.first = false;
    stream.complete = stream.used;
}

static void put_key(const char *key)
{
    if (stream.comma)
        put_char(',');
    put_char('"');
    put(key, strlen(key));
    put("\":", 2);
    stream.comma = true;
}

void stream_number(const char *key, uint64_t value)
{
    put_key(key);
    put_number(value, 1);
}

void stream_time(const char *key, uint64_t nanoseconds)
{
    put_key(key);
    put_number(nanoseconds / 1000, 1);
    put_char('.');
    put_number(nanoseconds % 1000, 3);
}

void stream_nested(const char *key)
{
    put_key(key);
    put_char('{');
    stream.comma = false;
}

void stream_nested_end(void)
{
    put_char('}');
    stream.comma = true;
}

/* --- texts --- */

/* RFC 3629, table 3-7. */
unsigned json_character(const unsigned char *at)
{
    const unsigned char c = at[0];
    const unsigned length = c < 0x80   ? 1
                            : c < 0xc2 ? 0
                            : c < 0xe0 ? 2
                            : c < 0xf0 ? 3
                            : c < 0xf5 ? 4
                                       : 0;
    const unsigned char least = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

    if (length > 1 && (at[1] < least || at[1] > most))
        return 0;
    for (unsigned i = 2; i < length; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return length;
}

/* Returns the bytes of `text` that it took. */
static unsigned put_character(const unsigned char *text)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned length = json_character(text);

    if (length == 0) {
        put("\\ufffd", 6);
        return 1;
    }
    if (text[0] < ' ') {
        put("\\u00", 4);
        put_char(hex[text[0] >> 4]);
        put_char(hex[text[0] & 15]);
        return 1;
    }
    if (text[0] == '"' || text[0] == '\\')
        put_char('\\');
    put((const char *)text, length);
    return length;
}

void stream_piece(const char *text)
{
    const unsigned char *const bytes = (const unsigned char *)text;

    for (unsigned i = 0; bytes[i] != '\0' && i < JSON_TEXT_MAX;)
        i += put_character(bytes + i);
}

void stream_piece_number(uint64_t value)
{
    put_number(value, 1);
}

void stream_piece_address(uint32_t address)
{
    put("0x", 2);
    for (int shift = 28; shift >= 0; shift -= 4)
        put_char("0123456789abcdef"[address >> shift & 15]);
}

void stream_text_begin(const char *key)
{
    put_key(key);
    put_char('"');
}

void stream_text_end(void)
{
    put_char('"');
}

void stream_text(const char *key, const char *text)
{
    stream_text_begin(key);
    stream_piece(text);
    stream_text_end();
}
