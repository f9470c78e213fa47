/*
 * memset with the size of the pointer's array, which has another element type now.
 *
 * Expected: heap-overflow
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-3
 * Run: --heap freertos-heap-4
 */
#include <FreeRTOS.h>
#include <string.h>

#define CHANNELS 12

static void reset(int16_t *levels)
{
    memset(levels, 0, CHANNELS * sizeof(int32_t)); /* MISTAKE */
}

int main(void)
{
    int16_t *levels = pvPortMalloc(CHANNELS * sizeof *levels); /* TAKEN */
    int16_t *limits = pvPortMalloc(CHANNELS * sizeof *limits);

    limits[0] = 100;
    reset(levels);
    vPortFree(limits);
    vPortFree(levels);
    return 0;
}
