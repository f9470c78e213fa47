/*
 * Descriptors for DMA are aligned; there is one for each channel, and one is set up for none.
 *
 * Expected: heap-overflow by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Run: --heap oneos-first-fit-v201
 */
#include <os_memory.h>

#define CHANNELS 4

struct descriptor {
    os_uint32_t source, target, count, next;
};

int main(void)
{
    struct descriptor *list = os_aligned_malloc(32, CHANNELS * sizeof *list); /* TAKEN */
    os_uint32_t i;

    for (i = 0; i < CHANNELS; i++) {
        list[i].source = 0x40000000 + 0x400 * i;
        list[i + 1].next = 0; /* MISTAKE */
    }
    os_free(list);
    return 0;
}
