/* The application's FreeRTOSConfig.h and its own ucHeap count. */
#include <FreeRTOS.h>

#include "../check.h"

#if UC_HEAP_IS_THERE
uint8_t ucHeap[configTOTAL_HEAP_SIZE];
#endif

static unsigned hooked, canaries;

void vApplicationMallocFailedHook(void)
{
    hooked++;
}

void vApplicationGetRandomHeapCanary(uint32_t *pulHeapCanary)
{
    *pulHeapCanary = 0xfeedf00d;
    canaries++;
}

/* It looks at the header of a block, and at a freed one. */
__attribute__((no_sanitize("address"))) int main(void)
{
    uint8_t *const block = pvPortMalloc(5);
    const uint32_t *const header = (const uint32_t *)(const void *)(block - 8);
    struct heap *const h = &kernel.system_heap;

#if UC_HEAP_IS_THERE
    CHECK(block >= ucHeap && block < ucHeap + sizeof ucHeap);
    CHECK(h->regions[0].begin == (taddr_t)(uintptr_t)ucHeap);
#else
    CHECK(h->regions[0].begin == 0x20000000);
#endif
    CHECK(h->regions[0].size == configTOTAL_HEAP_SIZE);
    CHECK(kernel.ticks_per_second == 250);
    CHECK(header[0] == 0xfeedf00d && canaries == 1); /* NULL under the protector */
    CHECK(header[1] == (0x80000000u | 16));          /* alignment 4: 5 + 8, rounded up */
    memset(block, 0xff, 5);
    vPortFree(block);
    CHECK(block[0] == 0 && block[4] == 0);
    CHECK(pvPortMalloc(configTOTAL_HEAP_SIZE) == NULL);
    CHECK(hooked == UC_HEAP_HOOKS);
    return check_failures != 0;
}
