/* Lines of a text file, plain or gzip-compressed, for the trace and vector readers. */
#ifndef HEAPSIM_REPLAY_TEXT_H
#define HEAPSIM_REPLAY_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum { TEXT_LINE_MAX = 4096, TEXT_WHY_MAX = 1536 };

struct text {
    const char *path;
    void *stream;
    unsigned line_number;     /* of `line`, from 1 */
    char line[TEXT_LINE_MAX]; /* without its line end */
    char why[TEXT_WHY_MAX];   /* the sentence after a failure */
    bool failed;
};

bool text_open(struct text *text, const char *path);

/* Reads the next line. False at the end of the file, and on an error (text->failed, text->why). */
bool text_next(struct text *text);

void text_close(struct text *text);

/* Sets text->failed with "PATH, line N: REASON" and returns false. */
bool text_fail(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Reads an unsigned decimal integer of at most `most` at *cursor, which must end at a blank or the
 * line's end; no sign, no leading zeros. Moves *cursor behind the blank.
 */
bool text_decimal(const char **cursor, uint64_t most, uint64_t *value);

/* Reads 0x and lower-case hexadecimal digits, 32 bits at most, in the same way. */
bool text_hexadecimal(const char **cursor, uint32_t *value);

#endif
