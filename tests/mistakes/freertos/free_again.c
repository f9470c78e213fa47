/*
 * A buffer is freed in the callback, and by who gave it to the callback.
 *
 * Expected: double-free
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-3
 * Run: --heap freertos-heap-4
 * Run: --heap freertos-heap-4:heap_protector=1
 * Run: --heap tlsf
 */
#include <FreeRTOS.h>

typedef void (*done_t)(uint8_t *buffer, unsigned size);

static void on_done(uint8_t *buffer, unsigned size)
{
    vPortFree(buffer); /* FREED */
}

static void transfer(unsigned size, done_t done)
{
    uint8_t *buffer = pvPortMalloc(size); /* TAKEN */

    buffer[0] = (uint8_t)size;
    done(buffer, size);
    vPortFree(buffer); /* MISTAKE */
}

int main(void)
{
    transfer(50, on_done);
    return 0;
}
