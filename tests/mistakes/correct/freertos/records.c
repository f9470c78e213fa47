/*
 * Records with texts that fit exactly, in a list that is freed as it should be.
 *
 * Expected: nothing
 * Run: --leaks --heap freertos-heap-2
 * Run: --leaks --heap freertos-heap-3
 * Run: --leaks --heap freertos-heap-4
 * Run: --leaks --heap freertos-heap-4:heap_protector=1,clear_on_free=1
 * Run: --leaks --heap tlsf
 */
#include <FreeRTOS.h>
#include <string.h>

struct record {
    struct record *next;
    uint16_t length;
    char value[];
};

static struct record *records;

static void add(const char *value)
{
    uint16_t length = (uint16_t)strlen(value);
    struct record *record = pvPortMalloc(sizeof *record + length + 1);

    record->length = length;
    memcpy(record->value, value, length);
    record->value[length] = '\0';
    record->next = records;
    records = record;
}

int main(void)
{
    add("");
    add("1");
    add("115200 baud");
    add("a longer one, of 32 characters..");
    while (records != NULL) {
        struct record *next = records->next;

        vPortFree(records);
        records = next;
    }
    vPortFree(NULL);
    return 0;
}
