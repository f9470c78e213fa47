/*
 * Blocks of all sizes, each written from the first byte to the last.
 *
 * Expected: nothing
 * Run: --leaks --heap freertos-heap-2
 * Run: --leaks --heap freertos-heap-4
 * Run: --leaks --heap freertos-heap-4:align=4
 */
#include <FreeRTOS.h>

static uint8_t *blocks[80];

static void fill(uint8_t *block, uint8_t size)
{
    uint8_t i;

    for (i = 0; i < size; i++)
        block[i] = size;
}

int main(void)
{
    uint8_t size;

    for (size = 1; size < 80; size++) {
        blocks[size] = pvPortMalloc(size);
        fill(blocks[size], size);
    }
    for (size = 1; size < 80; size += 2)
        vPortFree(blocks[size]);
    for (size = 1; size < 80; size += 2) {
        blocks[size] = pvPortCalloc(1, size);
        fill(blocks[size], size);
    }
    for (size = 1; size < 80; size++) {
        if (blocks[size][size - 1] != size)
            return 1;
        vPortFree(blocks[size]);
    }
    return 0;
}
