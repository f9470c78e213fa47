/*
 * heap_1 takes nothing back, but the program was written for heap_4.
 *
 * Expected: assertion
 * Run: --heap freertos-heap-1
 * Says: heap_1 never takes memory back
 */
#include <FreeRTOS.h>

int main(void)
{
    int *values = pvPortMalloc(10 * sizeof *values); /* TAKEN */

    values[9] = 1;
    vPortFree(values); /* MISTAKE */
    return 0;
}
