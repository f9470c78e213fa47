/*
 * Pairs are summed, so the last value is read with one that is not there.
 *
 * Expected: heap-overflow
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-4
 * Says: a read of 2 bytes
 */
#include <FreeRTOS.h>

#define COUNT 13

static int sum;

static void add_pairs(const int16_t *values)
{
    int i;

    for (i = 0; i < COUNT; i += 2) {
        sum += values[i];
        sum += values[i + 1]; /* MISTAKE */
    }
}

int main(void)
{
    int16_t *values = pvPortCalloc(COUNT, sizeof *values); /* TAKEN */

    add_pairs(values);
    vPortFree(values);
    return sum;
}
