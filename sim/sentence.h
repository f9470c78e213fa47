/* Sentences about what a user gave: in a terminal its control characters would do more than be
 * read. */
#ifndef HEAPSIM_SENTENCE_H
#define HEAPSIM_SENTENCE_H

static inline int sentence_is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* Each becomes a '?'. */
static inline void sentence_clean(char *text)
{
    for (; *text != '\0'; text++)
        if (sentence_is_control(*text))
            *text = '?';
}

/* True if the text has one. */
static inline int sentence_has_control(const char *text)
{
    while (*text != '\0' && !sentence_is_control(*text))
        text++;
    return *text != '\0';
}

#endif
