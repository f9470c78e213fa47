/*
 * A library writes into the state that it was to forget: found when the memory is given out again.
 *
 * Build: vendor_library.c
 * Expected: use-after-free by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-memheap
 */
#include <rtthread.h>

#include "vendor_library.h"

int main(void)
{
    unsigned char *state = rt_malloc(64); /* TAKEN */
    unsigned char *next;

    vendor_fill(state, 64);
    rt_free(state); /* FREED */
    vendor_step(state, 40);
    next = rt_malloc(64); /* MISTAKE */
    rt_free(next);
    return 0;
}
