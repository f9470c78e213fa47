/*
 * A table in flash memory is freed.
 *
 * Expected: foreign-pointer
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-4
 * Run: --heap tlsf
 * Says: sine
 */
#include <FreeRTOS.h>

static const int16_t sine[] = {0, 49, 90, 117, 127, 117, 90, 49};

struct wave {
    const int16_t *points;
    unsigned count;
};

static void drop(struct wave *wave)
{
    vPortFree((void *)(uintptr_t)wave->points); /* MISTAKE */
    wave->points = NULL;
}

int main(void)
{
    struct wave wave = {sine, 8};

    drop(&wave);
    return 0;
}
