/*
 * A tokenizer moves its pointer, and that one is freed.
 *
 * Expected: interior-pointer by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Run: --heap oneos-small-lite
 * Run: --heap oneos-small
 */
#include <os_memory.h>
#include <string.h>

static char *next(char *text)
{
    while (*text != ' ')
        text++;
    return text + 1;
}

int main(void)
{
    char *text = os_malloc(32); /* TAKEN */

    memset(text, ' ', 32);
    memcpy(text, "set gain 7", 10);
    text = next(text);
    os_free(text); /* MISTAKE */
    return 0;
}
