/*
 * The length of a text that was not found is -1.
 *
 * Expected: size-overflow
 * Run: --heap freertos-heap-1
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-4
 * Run: --heap freertos-heap-4:align=4
 */
#include <FreeRTOS.h>

static int32_t find(const char *text, char wanted)
{
    int32_t at;

    for (at = 0; text[at] != '\0'; at++)
        if (text[at] == wanted)
            return at;
    return -1;
}

int main(void)
{
    uint32_t length = (uint32_t)find("no colon", ':');
    char *name = pvPortMalloc(length); /* MISTAKE */

    return name != NULL ? 1 : 0;
}
