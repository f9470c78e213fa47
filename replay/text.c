#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "../sim/sentence.h"

bool text_fail(struct text *text, const char *format, ...)
{
    va_list args;
    int used =
        snprintf(text->why, sizeof text->why, "%s, line %u: ", text->path, text->line_number);

    if (used > 0 && used < (int)sizeof text->why) {
        va_start(args, format);
        vsnprintf(text->why + used, sizeof text->why - (size_t)used, format, args);
        va_end(args);
    }
    sentence_clean(text->why);
    text->failed = true;
    return false;
}

bool text_open(struct text *text, const char *path)
{
    *text = (struct text){.path = path};
    errno = 0;
    text->stream = gzopen(path, "rb");
    if (text->stream != NULL)
        return true;
    snprintf(text->why, sizeof text->why, "%s: can't be opened: %s", path,
             errno != 0 ? strerror(errno) : "out of memory");
    text->failed = true;
    return false;
}

/* Reports what zlib met, and returns true, if it is an error. */
static bool stream_failed(struct text *text)
{
    int code = Z_OK;
    const char *const reason = gzerror(text->stream, &code);

    if (code == Z_OK || code == Z_STREAM_END)
        return false;
    if (code == Z_ERRNO)
        text_fail(text, "can't be read: %s", strerror(errno));
    else if (code == Z_BUF_ERROR)
        text_fail(text, "the compressed file ends too early: it is truncated");
    else
        text_fail(text, "the compressed data is damaged (%s)", reason);
    return true;
}

bool text_next(struct text *text)
{
    if (text->failed)
        return false;
    text->line_number++;
    text->line[0] = '\0';
    if (gzgets(text->stream, text->line, TEXT_LINE_MAX) == NULL) {
        stream_failed(text);
        return false;
    }
    const size_t length = strlen(text->line);
    if (length > 0 && text->line[length - 1] == '\n') {
        text->line[length - 1] = '\0';
        return true;
    }
    if (stream_failed(text))
        return false;
    if (length == TEXT_LINE_MAX - 1)
        return text_fail(text, "the line is longer than %d bytes: this is no text of that format",
                         TEXT_LINE_MAX - 2);
    if (!gzeof(text->stream))
        return text_fail(text, "it holds a zero byte: this is no text file");
    return text_fail(text, "the last line has no line end: the file is truncated");
}

void text_close(struct text *text)
{
    if (text->stream != NULL)
        gzclose_r(text->stream);
    text->stream = NULL;
}

/* A number must be followed by one blank, which is skipped, or by the line's end. */
static bool end_of_number(const char **cursor)
{
    if (**cursor == '\0')
        return true;
    if (**cursor != ' ' || (*cursor)[1] == '\0' || (*cursor)[1] == ' ')
        return false;
    (*cursor)++;
    return true;
}

bool text_decimal(const char **cursor, uint64_t most, uint64_t *value)
{
    const char *c = *cursor;

    if (*c < '0' || *c > '9' || (c[0] == '0' && c[1] >= '0' && c[1] <= '9'))
        return false;
    for (*value = 0; *c >= '0' && *c <= '9'; c++) {
        const unsigned digit = (unsigned)(*c - '0');

        if (digit > most || *value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    *cursor = c;
    return end_of_number(cursor);
}

bool text_hexadecimal(const char **cursor, uint32_t *value)
{
    const char *c = *cursor;
    unsigned digits = 0;

    if (c[0] != '0' || c[1] != 'x')
        return false;
    *value = 0;
    for (c += 2; (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'f'); c++) {
        if (++digits > 8)
            return false;
        *value = *value << 4 | (uint32_t)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
    }
    *cursor = c;
    return digits > 0 && end_of_number(cursor);
}
