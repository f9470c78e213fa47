/*
 * The payload behind a header is freed instead of the whole.
 *
 * Expected: interior-pointer
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-3
 * Run: --heap freertos-heap-4
 * Says: the address is 16 bytes into it
 */
#include <FreeRTOS.h>

#define HEADER 16

static uint8_t *payload_of(uint8_t *packet)
{
    return packet + HEADER;
}

int main(void)
{
    uint8_t *packet = pvPortMalloc(HEADER + 60); /* TAKEN */
    uint8_t *payload = payload_of(packet);

    payload[0] = 1;
    vPortFree(payload); /* MISTAKE */
    return 0;
}
