/*
 * There is no room for the second buffer, and nobody looks.
 *
 * Expected: null-access
 * Run: --region ram=0x20000000:8K --heap freertos-heap-1
 * Run: --region ram=0x20000000:8K --heap freertos-heap-2
 * Run: --region ram=0x20000000:8K --heap freertos-heap-4
 * Says: An allocation of 5000 bytes
 */
#include <FreeRTOS.h>

#define SAMPLES 2500

static int16_t *front, *back;

static void init(void)
{
    front = pvPortMalloc(SAMPLES * sizeof *front);
    back = pvPortMalloc(SAMPLES * sizeof *back);
}

int main(void)
{
    int i;

    init();
    for (i = 0; i < SAMPLES; i++) {
        front[i] = 0;
        back[i] = 1; /* MISTAKE */
    }
    return 0;
}
