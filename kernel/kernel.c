#include "kernel.h"

struct kernel kernel;

struct heap *kernel_free_heap(void)
{
    for (unsigned i = 0; i < KERNEL_HEAPS_MAX; i++)
        if (kernel.heaps[i].ops == NULL)
            return &kernel.heaps[i];
    return NULL;
}
