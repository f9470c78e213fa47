#include "calls.h"

#include <rtthread.h>

#include "../../kernel/kernel.h"

static const char *const heaps[] = {"rt-small-mem",
                                    "rt-small-mem:align=4,memtrace=1",
                                    "rt-slab",
                                    "rt-memheap",
                                    "rt-memheap:mode=best",
                                    "tlsf",
                                    "oneos-buddy",
                                    "oneos-first-fit",
                                    "freertos-heap-4",
                                    NULL};

enum { OWN_SIZE = 0x20000 };

static rt_smem_t own_small;
static rt_slab_t own_slab;
static struct rt_memheap own_memheap;

static void start(void)
{
    char *const own = target_pointer(CALLS_OWN);

    rt_system_heap_init(target_pointer(CALLS_RAM), own);
    own_small = rt_smem_init("own", own, OWN_SIZE);
    own_slab = rt_slab_init("own", own + OWN_SIZE, OWN_SIZE);
    rt_memheap_init(&own_memheap, "own", own + 2 * OWN_SIZE, OWN_SIZE);
    own_memheap.locked = RT_TRUE; /* there are no threads */
}

static void *take(size_t size)
{
    return rt_malloc(size);
}

static bool has_realloc(void)
{
    return (kernel.system_heap.ops->capabilities & HEAP_CAN_REALLOC) != 0;
}

/* With an alignment of their own they answer 0 and 3 in their own way. */
static bool aligns_by_back_link(void)
{
    return (kernel.system_heap.ops->capabilities & HEAP_ALIGNED_APART) != 0;
}

static bool is_tlsf(void)
{
    return strcmp(kernel.system_heap.ops->name, "tlsf") == 0;
}

static bool is_slab(void)
{
    return strcmp(kernel.system_heap.ops->name, "rt-slab") == 0;
}

static void *make_plain(size_t size, size_t unused)
{
    (void)unused;
    return rt_malloc(size);
}

static void *make_aligned(size_t align, size_t size)
{
    return rt_malloc_align(size, align);
}

static void *make_pages(size_t pages, size_t unused)
{
    (void)unused;
    return rt_page_alloc(pages);
}

static void *make_small(size_t size, size_t unused)
{
    (void)unused;
    return rt_smem_alloc(own_small, size);
}

static void *resize_small(void *block, size_t size)
{
    return rt_smem_realloc(own_small, block, size);
}

static void *make_slab(size_t size, size_t unused)
{
    (void)unused;
    return rt_slab_alloc(own_slab, size);
}

static void *resize_slab(void *block, size_t size)
{
    return rt_slab_realloc(own_slab, block, size);
}

static void *make_memheap(size_t size, size_t unused)
{
    (void)unused;
    return rt_memheap_alloc(&own_memheap, size);
}

static void *resize_memheap(void *block, size_t size)
{
    return rt_memheap_realloc(&own_memheap, block, size);
}

static void *make_pool(size_t count, size_t size)
{
    return rt_mp_create("own", count, size);
}

static const struct call calls[] = {
    {"rt_malloc", CALL_SIZE, make_plain, NULL, NULL, 0, 0},
    {"rt_calloc", CALL_PRODUCT, rt_calloc, NULL, NULL, 0, 0},
    {"rt_realloc", CALL_RESIZE, make_plain, rt_realloc, has_realloc, 0, 0},
    {"rt_malloc_align", CALL_ALIGNED, make_aligned, NULL, aligns_by_back_link, ALIGN_MISUSE,
     ALIGN_BLOCK}, /* 3 is rounded up to 4 */
    {"rt_malloc_align (TLSF)", CALL_ALIGNED, make_aligned, NULL, is_tlsf, ALIGN_BLOCK,
     ALIGN_MISUSE},
    {"rt_page_alloc", CALL_PAGES, make_pages, NULL, is_slab, 0, 0},
    {"rt_smem_alloc", CALL_SIZE, make_small, NULL, NULL, 0, 0},
    {"rt_smem_realloc", CALL_RESIZE, make_small, resize_small, NULL, 0, 0},
    {"rt_slab_alloc", CALL_SIZE, make_slab, NULL, NULL, 0, 0},
    {"rt_slab_realloc", CALL_RESIZE, make_slab, resize_slab, NULL, 0, 0},
    {"rt_memheap_alloc", CALL_SIZE, make_memheap, NULL, NULL, 0, 0},
    {"rt_memheap_realloc", CALL_RESIZE, make_memheap, resize_memheap, NULL, 0, 0},
    {"rt_mp_create", CALL_PRODUCT, make_pool, NULL, NULL, 0, 0},
    {.name = NULL}};

const struct dialect_calls rtthread_calls = {"RT-Thread", heaps, start, take, rt_free, calls};
