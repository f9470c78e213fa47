/*
 * Buddy gives 124 bytes where 100 were asked for: what lies behind those is nobody's, too.
 *
 * Expected: heap-overflow by task 'main'
 * Run: --heap oneos-buddy
 * Says: (124 given)
 */
#include <os_memory.h>

static void mark(char *text, int at)
{
    text[at] = '.'; /* MISTAKE */
}

int main(void)
{
    char *text = os_malloc(100); /* TAKEN */

    mark(text, 99);
    mark(text, 110);
    os_free(text);
    return 0;
}
