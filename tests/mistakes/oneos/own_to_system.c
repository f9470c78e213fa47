/*
 * A frame from the camera's own heap is given to the system's.
 *
 * Expected: wrong-heap by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Says: 'frames'
 */
#include <os_memory.h>

static os_memheap_t frames;
static os_uint8_t memory[16 * 1024];

static void *new_frame(os_size_t size)
{
    return os_memheap_alloc(&frames, size); /* TAKEN */
}

int main(void)
{
    os_uint8_t *frame;

    os_memheap_init(&frames, "frames");
    os_memheap_add(&frames, memory, sizeof memory, OS_MEM_ALG_DEFAULT);
    frame = new_frame(1000);
    frame[999] = 1;
    os_free(frame); /* MISTAKE */
    return 0;
}
