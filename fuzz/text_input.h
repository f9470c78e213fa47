/* What targets whose inputs are texts have in common: a file of the input, and what was said of it.
 */
#ifndef HEAPSIM_FUZZ_TEXT_INPUT_H
#define HEAPSIM_FUZZ_TEXT_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* The name of a file, in memory, that holds the input until the next call. Counts its lines. */
const char *text_input_file(const uint8_t *data, size_t size);

/* From here on standard output and standard error are kept, in so far as they come by stdio... */
void text_input_listen(void);

/* ...until here. What was said: the texts last until the next text_input_listen(). */
void text_input_hear(const char **out, const char **err);

/* Fails if there are control characters in it, but for line ends. */
void text_input_check_lines(const char *text);

/* Fails unless it is one sentence for people: not empty, one line, no control characters. */
void text_input_check_sentence(const char *sentence);

/* The same of a program's message, which ends with a line end. */
void text_input_check_message(const char *message);

#endif
