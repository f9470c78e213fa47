/*
 * A heap of the application's own with two regions and two algorithms.
 *
 * Expected: nothing
 * Run: --leaks --heap oneos-mixed
 */
#include <os_memory.h>
#include <string.h>

static os_memheap_t frames;
static os_uint8_t first[8 * 1024], second[8 * 1024];
static os_uint8_t *taken[64];

int main(void)
{
    int count = 0;

    os_memheap_init(&frames, "frames");
    os_memheap_add(&frames, first, sizeof first, OS_MEM_ALG_BUDDY);
    os_memheap_add(&frames, second, sizeof second, OS_MEM_ALG_FIRSTFIT);
    while (count < 64 && (taken[count] = os_memheap_alloc(&frames, 500)) != OS_NULL) {
        memset(taken[count], count, 500);
        count++;
    }
    while (count > 0)
        os_memheap_free(&frames, taken[--count]);
    taken[0] = os_memheap_realloc(&frames, OS_NULL, 1000);
    taken[0] = os_memheap_realloc(&frames, taken[0], 3000);
    memset(taken[0], 1, 3000);
    os_memheap_free(&frames, taken[0]);
    return 0;
}
