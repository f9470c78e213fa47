/*
 * A library writes over the end of a block; the heap is walked at each operation, and the next one
 * finds it, whatever that is about.
 *
 * Build: vendor_library.c
 * Expected: heap-corrupt by task 'main'
 * Run: --check-every 1 --heap rt-small-mem
 * Run: --check-every 1 --heap rt-memheap
 * Says: The block before it
 */
#include <rtthread.h>

#include "vendor_library.h"

int main(void)
{
    void *first = rt_malloc(20);
    unsigned char *in = rt_malloc(48); /* TAKEN */
    unsigned char *out = rt_malloc(48);

    vendor_fill(out, 48);
    vendor_fill(in, 64);
    rt_free(first); /* MISTAKE */
    rt_free(out);
    rt_free(in);
    return 0;
}
