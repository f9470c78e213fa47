/*
 * A library writes over the end of the block, and nothing of the heap is asked for any more: found
 * at the end of the run.
 *
 * Build: vendor_library.c
 * Expected: heap-corrupt
 * Run: --heap rt-small-mem
 * Run: --heap rt-memheap
 * Says: Found too late to say by whom
 * Says: The block before it
 */
#include <rtthread.h>

#include "vendor_library.h"

int main(void)
{
    unsigned char *in = rt_malloc(48); /* TAKEN */
    unsigned char *out = rt_malloc(48);

    vendor_fill(out, 48);
    vendor_fill(in, 64);
    return 0;
}
