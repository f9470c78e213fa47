/*
 * The records of a list are freed by a loop that reads each after its free.
 *
 * Expected: use-after-free
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-3
 * Run: --heap freertos-heap-4
 * Run: --heap freertos-heap-4:clear_on_free=1
 * Says: a read of
 */
#include <FreeRTOS.h>

struct record {
    int key;
    struct record *next;
};

static struct record *records;

static void add(int key)
{
    struct record *record = pvPortMalloc(sizeof *record); /* TAKEN */

    record->key = key;
    record->next = records;
    records = record;
}

int main(void)
{
    struct record *record;

    add(1);
    add(2);
    for (record = records; record != NULL; record = record->next) /* MISTAKE */
        vPortFree(record);                                        /* FREED */
    return 0;
}
