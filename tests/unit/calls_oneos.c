#include "calls.h"

#include <os_memory.h>

#include "../../kernel/kernel.h"

static const char *const heaps[] = {"oneos-mixed",
                                    "oneos-first-fit",
                                    "oneos-first-fit-v201",
                                    "oneos-buddy",
                                    "oneos-buddy:buddy_max_block=524288,memtrace=1",
                                    "oneos-small-lite",
                                    "oneos-small",
                                    NULL};

enum { OWN_SIZE = 0x20000 };

static os_memheap_t own;

static bool is_v1(void)
{
    return strcmp(kernel.heap_config.ops->name, "oneos-small") == 0;
}

static bool is_v2(void)
{
    return !is_v1();
}

static bool has_aligned(void)
{
    return is_v2() && (kernel.heap_config.ops->capabilities & HEAP_CAN_ALIGN) != 0;
}

static void start(void)
{
    char *const memory = target_pointer(CALLS_OWN);

    if (is_v1()) {
        os_system_heap_init(target_pointer(CALLS_RAM), memory);
        return;
    }
    os_sys_heap_add(target_pointer(CALLS_RAM), CALLS_RAM_SIZE / 2, OS_MEM_ALG_DEFAULT);
    os_memheap_init(&own, "own");
    os_memheap_add(&own, memory, OWN_SIZE, OS_MEM_ALG_DEFAULT);
    os_memheap_add(&own, memory + OWN_SIZE, OWN_SIZE, OS_MEM_ALG_DEFAULT);
}

static void *take(size_t size)
{
    return os_malloc(size);
}

static void *make_plain(size_t size, size_t unused)
{
    (void)unused;
    return os_malloc(size);
}

static void *make_aligned_v1(size_t align, size_t size)
{
    return os_malloc_align(size, align);
}

static void *make_own(size_t size, size_t unused)
{
    (void)unused;
    return os_memheap_alloc(&own, size);
}

static void *make_own_aligned(size_t align, size_t size)
{
    return os_memheap_aligned_alloc(&own, align, size);
}

static void *resize_own(void *block, size_t size)
{
    return os_memheap_realloc(&own, block, size);
}

static const struct call calls[] = {
    {"os_malloc", CALL_SIZE, make_plain, NULL, NULL, 0, 0},
    {"os_calloc", CALL_PRODUCT, os_calloc, NULL, NULL, 0, 0},
    {"os_realloc", CALL_RESIZE, make_plain, os_realloc, NULL, 0, 0},
    {"os_aligned_malloc", CALL_ALIGNED, os_aligned_malloc, NULL, has_aligned, ALIGN_BLOCK,
     ALIGN_MISUSE},
    {"os_malloc_align", CALL_ALIGNED, make_aligned_v1, NULL, is_v1, ALIGN_MISUSE, ALIGN_BLOCK},
    {"os_memheap_alloc", CALL_SIZE, make_own, NULL, is_v2, 0, 0},
    {"os_memheap_realloc", CALL_RESIZE, make_own, resize_own, is_v2, 0, 0},
    {"os_memheap_aligned_alloc", CALL_ALIGNED, make_own_aligned, NULL, has_aligned, ALIGN_BLOCK,
     ALIGN_MISUSE},
    {.name = NULL}};

const struct dialect_calls oneos_calls = {"OneOS", heaps, start, take, os_free, calls};
