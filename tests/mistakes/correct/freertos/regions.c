/*
 * Two regions for heap_5, used up to the last block.
 *
 * Expected: nothing
 * Run: --leaks --heap freertos-heap-5
 * Run: --leaks --heap freertos-heap-5:heap_protector=1
 */
#include <FreeRTOS.h>
#include <string.h>

static uint8_t fast[2048] __attribute__((aligned(8))), slow[8192] __attribute__((aligned(8)));
static void *blocks[256];

int main(void)
{
    HeapRegion_t regions[3] = {{0}};
    int first = &fast[0] < &slow[0] ? 0 : 1;
    int count = 0;

    regions[first] = (HeapRegion_t){fast, sizeof fast};
    regions[1 - first] = (HeapRegion_t){slow, sizeof slow};
    vPortDefineHeapRegions(regions);
    while (count < 256 && (blocks[count] = pvPortMalloc(100)) != NULL)
        memset(blocks[count++], 1, 100);
    if (count < 50 || count == 256)
        return 1;
    while (count > 0)
        vPortFree(blocks[--count]);
    return 0;
}
