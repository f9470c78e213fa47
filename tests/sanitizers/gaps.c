/*
 * OneOS's buddy gives blocks at 8k + 4: the 4 bytes before one share their granule with it, so
 * AddressSanitizer can't guard them, nor the same of a freed block. Our own look can.
 */
#include <os_memory.h>
#include <os_task.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 24 };

static char *volatile hidden;

static char *hide(char *pointer)
{
    hidden = pointer;
    return hidden;
}

int main(int argc, char **argv)
{
    const char *const mistake = argc > 1 ? argv[1] : "";
    char *const block = hide(os_malloc(SIZE)); /* taken */

    memset(block, 1, SIZE);
    if (strcmp(mistake, "before-1") == 0)
        block[-1] = 1; /* mistake before-1 */
    if (strcmp(mistake, "before-4") == 0)
        block[-4] = 1; /* mistake before-4 */
    if (strcmp(mistake, "before-5") == 0)
        block[-5] = 1; /* mistake before-5 */
    if (strcmp(mistake, "behind") == 0)
        block[SIZE] = 1; /* mistake behind */
    if (strcmp(mistake, "wide") == 0)
        *(unsigned long long *)(void *)(block + SIZE - 4) = 1; /* mistake wide */
    os_free(block);                                            /* freed */
    if (strcmp(mistake, "freed") == 0)
        block[0] = 1; /* mistake freed */
    printf("%p\n", (void *)block);
    return 0;
}
