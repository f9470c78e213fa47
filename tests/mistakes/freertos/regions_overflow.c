/*
 * Two regions for heap_5; the filter has as many taps as it has coefficients, and one more.
 *
 * Expected: heap-overflow
 * Run: --heap freertos-heap-5
 * Says: a write of 4 bytes
 */
#include <FreeRTOS.h>

#define TAPS 20

static uint8_t fast[2048] __attribute__((aligned(8))), slow[8192] __attribute__((aligned(8)));

static void clear(int32_t *taps)
{
    int i = 0;

    do
        taps[i] = 0; /* MISTAKE */
    while (i++ < TAPS);
}

int main(void)
{
    HeapRegion_t regions[3] = {{0}};
    int first = &fast[0] < &slow[0] ? 0 : 1;
    int32_t *taps;

    regions[first] = (HeapRegion_t){fast, sizeof fast};
    regions[1 - first] = (HeapRegion_t){slow, sizeof slow};
    vPortDefineHeapRegions(regions);
    taps = pvPortMalloc(TAPS * sizeof *taps); /* TAKEN */
    clear(taps);
    vPortFree(taps);
    return 0;
}
