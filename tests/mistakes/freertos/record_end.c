/*
 * A record's text gets a zero at its end, for which there is no room.
 *
 * Expected: heap-overflow
 * Run: --heap freertos-heap-1
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-3
 * Run: --heap freertos-heap-4
 * Run: --heap freertos-heap-4:heap_protector=1
 * Run: --heap tlsf
 * Says: the address is the first byte behind it
 */
#include <FreeRTOS.h>

struct record {
    uint16_t key, length;
    char value[];
};

static struct record *make(uint16_t key, const char *value, uint16_t length)
{
    struct record *record = pvPortMalloc(sizeof *record + length); /* TAKEN */
    uint16_t i;

    record->key = key;
    record->length = length;
    for (i = 0; i < length; i++)
        record->value[i] = value[i];
    record->value[length] = '\0'; /* MISTAKE */
    return record;
}

int main(void)
{
    vPortFree(make(1, "115200 baud", 11));
    return 0;
}
