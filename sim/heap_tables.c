#define _GNU_SOURCE
#include "heap_tables.h"

#include <sys/mman.h>
#include <unistd.h>

#include "../kernel/assert.h"

enum { ALLOCATORS_MAX = 32 };

static struct heap_ops originals[ALLOCATORS_MAX];

const struct heap_ops *heap_tables_original(const struct heap *h)
{
    unsigned i = 0;

    while (heap_allocators[i] != h->ops)
        i++;
    return &originals[i];
}

/* The tables are constants: their pages are made writable for it. */
static bool make_writable(const struct heap_ops *ops)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = (uintptr_t)ops & ~(page - 1);

    return mprotect((void *)begin, (uintptr_t)(ops + 1) - begin, PROT_READ | PROT_WRITE) == 0;
}

bool heap_tables_change(void (*redirect)(struct heap_ops *ops))
{
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        KERNEL_ASSERT(i < ALLOCATORS_MAX);
        if (!make_writable(heap_allocators[i]))
            return false;
        originals[i] = *heap_allocators[i];
        redirect((struct heap_ops *)(uintptr_t)heap_allocators[i]);
    }
    return true;
}
