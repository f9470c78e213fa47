/*
 * A library writes a byte too many, which is in what the allocator rounded up: found at the free.
 *
 * Build: vendor_library.c
 * Expected: heap-overflow by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 */
#include <rtthread.h>

#include "vendor_library.h"

int main(void)
{
    unsigned char *in = rt_malloc(45); /* TAKEN */

    vendor_fill(in, 46);
    rt_free(in); /* MISTAKE */
    return 0;
}
