/*
 * A text that was dropped is appended to.
 *
 * Expected: freed-realloc by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Run: --heap oneos-small-lite
 * Run: --heap oneos-small
 */
#include <os_memory.h>

struct text {
    char *characters;
    os_size_t length;
};

static void append(struct text *text, char character)
{
    text->characters = os_realloc(text->characters, text->length + 1); /* MISTAKE */
    text->characters[text->length++] = character;
}

static void drop(struct text *text)
{
    os_free(text->characters); /* FREED */
    text->length = 0;
}

int main(void)
{
    struct text text = {os_malloc(20), 0}; /* TAKEN */

    drop(&text);
    append(&text, 'a');
    return 0;
}
