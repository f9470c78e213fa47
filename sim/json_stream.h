/*
 * A JSON array that is written as it grows: one object a line, in a fixed buffer that goes out with
 * write(2). No malloc, no stdio: an object may be written in a signal handler.
 *
 *   [
 *   {"name":"a","at":1.250},
 *   {"name":"b","args":{"size":8}}
 *   ]
 *
 * - A comma goes before its line, so that after any whole object the file lacks `]` only.
 * - One object at a time: stream_enter() keeps the other cores and this core's interrupts out. Hold
 *   it from stream_begin() to stream_end(), and around what must come in that order.
 * - A process that dies of a signal saves what is in the buffer first, and the closing bracket;
 *   SIGKILL loses it.
 */
#ifndef HEAPSIM_JSON_STREAM_H
#define HEAPSIM_JSON_STREAM_H

#include <stdbool.h>
#include <stdint.h>

/* The longest text that goes into an object, in bytes; more is cut off. */
enum { JSON_TEXT_MAX = 255 };

/* Creates the file; false with errno if it can't. */
bool stream_open(const char *path);

/* Writes what is left, and the closing bracket. */
void stream_close(void);

void stream_enter(void);
void stream_leave(void);

/* An object, of about 2,000 bytes at most; its fields in between. */
void stream_begin(void);
void stream_end(void);

void stream_number(const char *key, uint64_t value);

/* Nanoseconds, as microseconds with three decimals. */
void stream_time(const char *key, uint64_t nanoseconds);

/* Escapes what JSON wants escaped; each byte that is no UTF-8 becomes U+FFFD. */
void stream_text(const char *key, const char *text);

/* A text of pieces: stream_text_begin(), stream_piece()..., stream_text_end(). */
void stream_text_begin(const char *key);
void stream_piece(const char *text);
void stream_piece_number(uint64_t value);
void stream_piece_address(uint32_t address); /* 0x20000000 */
void stream_text_end(void);

/* An object as the value of a key, up to stream_nested_end(). */
void stream_nested(const char *key);
void stream_nested_end(void);

/* Bytes of the UTF-8 character that begins at `at`; 0 if it is none. */
unsigned json_character(const unsigned char *at);

#endif
