/*
 * A block of the system heap is given to a heap of the application's own.
 *
 * Expected: wrong-heap by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-first-fit
 */
#include <os_memory.h>

static os_memheap_t frames;
static os_uint8_t memory[16 * 1024];

int main(void)
{
    os_uint8_t *frame, *title;

    os_memheap_init(&frames, "frames");
    os_memheap_add(&frames, memory, sizeof memory, OS_MEM_ALG_FIRSTFIT);
    frame = os_memheap_alloc(&frames, 1000);
    title = os_malloc(30); /* TAKEN */
    frame[0] = title[0] = 1;
    os_memheap_free(&frames, frame);
    os_memheap_free(&frames, title); /* MISTAKE */
    return 0;
}
