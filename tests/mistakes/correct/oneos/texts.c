/*
 * Texts that grow by realloc, a character at a time.
 *
 * Expected: nothing
 * Run: --leaks --heap oneos-mixed
 * Run: --leaks --heap oneos-buddy
 * Run: --leaks --heap oneos-small-lite
 * Run: --leaks --heap oneos-small
 */
#include <os_memory.h>
#include <string.h>

struct text {
    char *characters;
    os_size_t length;
};

static void append(struct text *text, char character)
{
    text->characters = os_realloc(text->characters, text->length + 2);
    text->characters[text->length++] = character;
    text->characters[text->length] = '\0';
}

int main(void)
{
    struct text first = {OS_NULL, 0}, second = {OS_NULL, 0};
    int i;

    for (i = 0; i < 40; i++) {
        append(&first, (char)('a' + i % 26));
        append(&second, first.characters[i]);
    }
    i = strcmp(first.characters, second.characters);
    os_free(first.characters);
    os_free(second.characters);
    return i;
}
