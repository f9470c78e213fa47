/*
 * heap_1: all is taken at the start, and kept.
 *
 * Expected: nothing
 * Run: --heap freertos-heap-1
 */
#include <FreeRTOS.h>
#include <string.h>

static char *names[10];
static int32_t *taps;

int main(void)
{
    int i;

    for (i = 0; i < 10; i++) {
        names[i] = pvPortMalloc(5 + i);
        memset(names[i], 'a' + i, 5 + i);
        names[i][4 + i] = '\0';
    }
    taps = pvPortMalloc(20 * sizeof *taps);
    for (i = 0; i < 20; i++)
        taps[i] = i;
    return taps[19] - 19;
}
