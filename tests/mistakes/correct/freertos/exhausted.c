/*
 * There is no room for the second buffer: the program sees it.
 *
 * Expected: nothing
 * Run: --leaks --region ram=0x20000000:8K --heap freertos-heap-2
 * Run: --leaks --region ram=0x20000000:8K --heap freertos-heap-4
 */
#include <FreeRTOS.h>
#include <string.h>

static unsigned failed;

void vApplicationMallocFailedHook(void)
{
    failed++;
}

int main(void)
{
    char *front = pvPortMalloc(5000);
    char *back = pvPortMalloc(5000);
    uint32_t *counts;

    memset(front, 0, 5000);
    if (back == NULL)
        back = front;
    back[4999] = 1;
    vPortFree(front);
    counts = pvPortCalloc(100, sizeof *counts);
    counts[99]++;
    vPortFree(counts);
    return failed == 1 ? 0 : 1;
}
