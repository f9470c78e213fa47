/*
 * A store of settings, filled before the scheduler starts: FreeRTOS's memory calls and nothing
 * else.
 *
 * What to learn here:
 * - The heap is there before main; its first allocation lays heap_4 out.
 * - Records that are freed in between leave holes; the largest free block says what still fits, the
 *   sum of all free bytes does not.
 * - A malloc that fails tells the application by a hook.
 *
 * The check at the end: all records hold what was written, the counters agree with what was done,
 * and when all is freed the heap is one block again.
 *
 * It fits 4 KiB: freertos_config_store --region ram=0x20000000:4K
 */
#include <FreeRTOS.h>
#include <task.h>

#include <stdio.h>
#include <string.h>

#define RECORDS 24

struct record {
    struct record *next;
    uint16_t key, length;
    char value[];
};

static struct record *records;
static unsigned failed;

void vApplicationMallocFailedHook(void)
{
    failed++;
}

static int add(uint16_t key, uint16_t length)
{
    struct record *record = pvPortMalloc(sizeof *record + length);

    if (record == NULL)
        return 0;
    record->key = key;
    record->length = length;
    memset(record->value, 'a' + key % 26, length);
    record->next = records;
    records = record;
    return 1;
}

/* Takes every record out whose key is a multiple of `divisor`. */
static unsigned drop(unsigned divisor)
{
    struct record **link = &records;
    unsigned dropped = 0;

    while (*link != NULL) {
        struct record *record = *link;

        if (record->key % divisor == 0) {
            *link = record->next;
            vPortFree(record);
            dropped++;
        } else {
            link = &record->next;
        }
    }
    return dropped;
}

static int is_whole(void)
{
    struct record *record;
    uint16_t i;

    for (record = records; record != NULL; record = record->next)
        for (i = 0; i < record->length; i++)
            if (record->value[i] != 'a' + record->key % 26)
                return 0;
    return 1;
}

int main(void)
{
    HeapStats_t full, holes, end;
    size_t all;
    unsigned added = 0, dropped;
    uint16_t key;
    void *table;

    for (key = 0; key < RECORDS; key++)
        added += (unsigned)add(key, (uint16_t)(20 + 7 * key));
    vPortGetHeapStats(&full);
    all = full.xAvailableHeapSpaceInBytes;

    dropped = drop(2);
    vPortGetHeapStats(&holes);
    if (pvPortMalloc(holes.xAvailableHeapSpaceInBytes) != NULL) /* free, but not in one piece */
        return 1;
    table = pvPortCalloc(16, sizeof(uint32_t));
    if (table == NULL || !is_whole())
        return 1;
    vPortFree(table);
    dropped += drop(1);
    vPortGetHeapStats(&end);

    printf("%u records took all but %u bytes; half of them freed left %u blocks, the largest of %u "
           "bytes\n",
           added, (unsigned)all, (unsigned)holes.xNumberOfFreeBlocks,
           (unsigned)holes.xSizeOfLargestFreeBlockInBytes);
    if (added != RECORDS || dropped != RECORDS || failed != 1 || end.xNumberOfFreeBlocks != 1 ||
        end.xNumberOfSuccessfulAllocations != RECORDS + 1 ||
        end.xNumberOfSuccessfulFrees != RECORDS + 1 ||
        end.xAvailableHeapSpaceInBytes != xPortGetFreeHeapSize()) {
        printf("FAILED: %u added, %u dropped, %u failures, %u free blocks at the end\n", added,
               dropped, failed, (unsigned)end.xNumberOfFreeBlocks);
        return 1;
    }
    return 0;
}
