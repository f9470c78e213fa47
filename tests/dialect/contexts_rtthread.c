/* Where RT-Thread's memory calls may be made: in a thread, an ISR, a critical section, masked. */
#include <rthw.h>
#include <rtthread.h>

#include "check.h"

enum context { IN_THREAD, IN_ISR, IN_CRITICAL, MASKED };

static const char *const context_names[] = {"in a thread", "in an ISR", "scheduler locked",
                                            "interrupts off"};

static struct rt_memheap memheap, open_memheap, spare;
static rt_uint8_t memheap_memory[2048], open_memory[2048], spare_memory[512], small_memory[1024];
static rt_uint8_t slab_memory[128 * 1024], tlsf_memory[1024];
static rt_smem_t small;
static rt_slab_t slab;
static void *block, *aligned, *node;

static struct heap *system_heap(void)
{
    return &kernel.system_heap;
}

/* --- the calls: true if it did its work --- */

static bool call_malloc(void)
{
    void *const got = rt_malloc(20);

    if (got != NULL)
        block = got; /* the others need one: what was there stays until the end of the run */
    return got != NULL;
}

static bool call_calloc(void)
{
    return rt_calloc(2, 10) != NULL;
}

static bool call_realloc(void)
{
    return rt_realloc(NULL, 30) != NULL;
}

static bool call_malloc_align(void)
{
    void *const got = rt_malloc_align(20, 16);

    if (got != NULL)
        aligned = got;
    return got != NULL;
}

/* For the calls that take a block: figures tell whether it is gone. */
static bool frees(void (*give)(void *), void *victim)
{
    const tsize_t before = check_stats(system_heap()).used;

    give(victim);
    return check_stats(system_heap()).used < before;
}

static bool call_free(void)
{
    const bool done = frees(rt_free, block);

    if (done)
        block = rt_malloc(20);
    return done;
}

static bool call_free_align(void)
{
    const bool done = frees(rt_free_align, aligned);

    if (done)
        aligned = rt_malloc_align(20, 16);
    return done;
}

static bool call_memory_info(void)
{
    rt_size_t total;

    rt_memory_info(&total, NULL, NULL);
    return total != 0;
}

static bool is_slab(void)
{
    return strcmp(system_heap()->ops->name, "rt-slab") == 0;
}

static bool is_tlsf(void)
{
    return strcmp(system_heap()->ops->name, "tlsf") == 0;
}

static bool call_page_alloc(void)
{
    void *const page = rt_page_alloc(1);

    if (page != NULL)
        rt_page_free(page, 1);
    return page != NULL;
}

static bool call_heap_add(void)
{
    node = rt_system_heap_add(tlsf_memory, tlsf_memory + sizeof tlsf_memory);
    if (node != NULL)
        rt_system_heap_remove(node);
    return node != NULL;
}

static bool call_memheap_alloc(void)
{
    return rt_memheap_alloc(&memheap, 10) != NULL;
}

static bool call_memheap_realloc(void)
{
    return rt_memheap_realloc(&memheap, NULL, 10) != NULL;
}

static void *memheap_block;

static bool call_memheap_free(void)
{
    const rt_size_t before = memheap.available_size;
    bool done;

    rt_memheap_free(memheap_block);
    done = memheap.available_size > before;
    if (done)
        memheap_block = rt_memheap_alloc(&memheap, 10);
    return done;
}

static bool call_memheap_info(void)
{
    rt_size_t total = 0;

    rt_memheap_info(&memheap, &total, NULL, NULL);
    return total != 0;
}

static bool call_memheap_open(void)
{
    void *const got = rt_memheap_alloc(&open_memheap, 10);

    rt_memheap_free(got);
    return got != NULL;
}

static bool call_memheap_init(void)
{
    const bool done = rt_memheap_init(&spare, "spare", spare_memory, sizeof spare_memory) == RT_EOK;

    return done && rt_memheap_detach(&spare) == RT_EOK;
}

static bool call_smem(void)
{
    void *const got = rt_smem_alloc(small, 10);

    rt_smem_free(got);
    return got != NULL;
}

static bool call_slab(void)
{
    void *const got = rt_slab_alloc(slab, 10);

    rt_slab_free(slab, got);
    return got != NULL;
}

#define ANYWHERE (1u << IN_THREAD | 1u << IN_ISR | 1u << IN_CRITICAL | 1u << MASKED)
#define WAITING  (1u << IN_THREAD)
#define NO_ISR   (ANYWHERE & ~(1u << IN_ISR))

/* With interrupts off as the heap's lock the system heap's calls are allowed anywhere. */
static struct check_call calls[] = {
    {"rt_malloc", call_malloc, NULL, WAITING},
    {"rt_calloc", call_calloc, NULL, WAITING},
    {"rt_realloc", call_realloc, NULL, WAITING},
    {"rt_malloc_align", call_malloc_align, NULL, WAITING},
    {"rt_free", call_free, NULL, WAITING},
    {"rt_free_align", call_free_align, NULL, WAITING},
    {"rt_memory_info", call_memory_info, NULL, WAITING},
    {"rt_page_alloc", call_page_alloc, is_slab, WAITING},
    {"rt_system_heap_add", call_heap_add, is_tlsf, WAITING},
    {"rt_memheap_alloc", call_memheap_alloc, NULL, WAITING},
    {"rt_memheap_realloc", call_memheap_realloc, NULL, WAITING},
    {"rt_memheap_free", call_memheap_free, NULL, WAITING},
    {"rt_memheap_info", call_memheap_info, NULL, WAITING},
    {"rt_memheap_alloc, locked by the application", call_memheap_open, NULL, ANYWHERE},
    {"rt_memheap_init", call_memheap_init, NULL, NO_ISR},
    {"rt_smem_alloc", call_smem, NULL, ANYWHERE},
    {"rt_slab_alloc", call_slab, NULL, ANYWHERE},
};

enum { SYSTEM_CALLS = 9 };

static const struct check_call *current;

static void make_in_isr(void)
{
    check_in_context(current, IN_ISR, context_names[IN_ISR]);
}

static void try_everywhere(const struct check_call *call)
{
    rt_base_t level;

    check_in_context(call, IN_THREAD, context_names[IN_THREAD]);
    current = call;
    check_in_isr(make_in_isr);
    rt_enter_critical();
    check_in_context(call, IN_CRITICAL, context_names[IN_CRITICAL]);
    rt_exit_critical();
    level = rt_hw_interrupt_disable();
    check_in_context(call, MASKED, context_names[MASKED]);
    rt_hw_interrupt_enable(level);
}

int main(void)
{
    unsigned i;

    rt_memheap_init(&memheap, "m", memheap_memory, sizeof memheap_memory);
    rt_memheap_init(&open_memheap, "open", open_memory, sizeof open_memory);
    open_memheap.locked = RT_TRUE;
    memheap_block = rt_memheap_alloc(&memheap, 10);
    small = rt_smem_init("small", small_memory, sizeof small_memory);
    slab = rt_slab_init("slab", slab_memory, sizeof slab_memory);
    CHECK(small != NULL && slab != NULL && memheap_block != NULL);
    for (i = 0; i < COUNT(calls); i++) {
        if (i < SYSTEM_CALLS && kernel.heap_lock == HEAP_LOCK_INTERRUPTS)
            calls[i].allowed = ANYWHERE;
        try_everywhere(&calls[i]);
    }
    CHECK(check_whole(system_heap()));
    CHECK(check_whole(&memheap.heap));
    return check_failures != 0;
}
