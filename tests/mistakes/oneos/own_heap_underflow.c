/*
 * A ring's write position goes below its begin.
 *
 * Expected: heap-underflow by task 'main'
 * Run: --heap oneos-mixed
 * Says: 'rings'
 */
#include <os_memory.h>

static os_memheap_t rings;
static os_uint8_t memory[4096];

static int step_back(os_uint8_t *ring, int at)
{
    ring[--at] = 0; /* MISTAKE */
    return at;
}

int main(void)
{
    os_uint8_t *ring;
    int at = 2;

    os_memheap_init(&rings, "rings");
    os_memheap_add(&rings, memory, sizeof memory, OS_MEM_ALG_FIRSTFIT);
    ring = os_memheap_alloc(&rings, 32); /* TAKEN */
    while (at >= 0)
        at = step_back(ring, at);
    os_memheap_free(&rings, ring);
    return 0;
}
