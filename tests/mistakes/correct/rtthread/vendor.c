/*
 * A library that is not instrumented keeps to its buffers.
 *
 * Build: vendor_library.c
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>

#include "vendor_library.h"

int main(void)
{
    unsigned size;

    for (size = 1; size < 70; size++) {
        unsigned char *in = rt_malloc(size);
        unsigned char *out = rt_malloc(2 * size);

        vendor_fill(in, size);
        vendor_fill(out, 2 * size);
        in = rt_realloc(in, size + 13);
        vendor_step(in, size + 12);
        rt_free(in);
        out = rt_realloc(out, size);
        vendor_fill(out, size);
        rt_free(out);
    }
    return 0;
}
