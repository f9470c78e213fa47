/* Where OneOS's memory calls may be made: in a task, an ISR, scheduler locked, interrupts off. */
#include <os_memory.h>
#include <os_task.h>

#include "check.h"

enum context { IN_TASK, IN_ISR, LOCKED, MASKED };

static const char *const context_names[] = {"in a task", "in an ISR", "scheduler locked",
                                            "interrupts off"};

static os_memheap_t own, fresh;
static os_uint8_t own_memory[4096], more_memory[16][512];
static unsigned more;
static void *block, *own_block;

static bool is_v1(void)
{
    return strcmp(kernel.system_heap.ops->name, "oneos-small") == 0;
}

static bool is_v2(void)
{
    return !is_v1();
}

static bool has_aligned(void)
{
    return is_v2() && (kernel.system_heap.ops->capabilities & HEAP_CAN_ALIGN) != 0;
}

/* Its requests of 0 bytes take no lock. */
static bool is_first_fit(void)
{
    return strncmp(kernel.system_heap.ops->name, "oneos-first-fit", 15) == 0 ||
           strcmp(kernel.system_heap.ops->name, "oneos-mixed") == 0;
}

static bool is_buddy(void)
{
    return strcmp(kernel.system_heap.ops->name, "oneos-buddy") == 0;
}

/* --- the calls: true if it did its work --- */

static bool call_malloc(void)
{
    return os_malloc(20) != NULL;
}

static bool call_calloc(void)
{
    return os_calloc(2, 10) != NULL;
}

static bool call_realloc(void)
{
    return os_realloc(NULL, 30) != NULL;
}

static bool call_aligned(void)
{
    return os_aligned_malloc(16, 30) != NULL;
}

static bool call_malloc_align(void)
{
    void *const got = os_malloc_align(30, 16);

    os_free_align(got);
    return got != NULL;
}

static bool call_free(void)
{
    const tsize_t before = check_stats(&kernel.system_heap).used;
    bool done;

    os_free(block);
    done = check_stats(&kernel.system_heap).used < before;
    if (done)
        block = os_malloc(20);
    return done;
}

static bool call_info(void)
{
    os_meminfo_t info;

    os_memory_info(&info);
    return info.mem_total != 0;
}

static bool call_check(void)
{
    return os_memory_check() == OS_EOK;
}

static bool call_add(void)
{
    return more < COUNT(more_memory) &&
           os_sys_heap_add(more_memory[more], sizeof more_memory[0], OS_MEM_ALG_DEFAULT) ==
               OS_EOK &&
           ++more > 0;
}

static bool call_memheap_init(void)
{
    const bool done = os_memheap_init(&fresh, "fresh") == OS_EOK;

    if (done)
        kernel.oneos.memheaps = fresh.next; /* there is no call that takes it away */
    return done;
}

static bool call_memheap_alloc(void)
{
    return os_memheap_alloc(&own, 10) != NULL;
}

static bool call_memheap_free(void)
{
    os_meminfo_t before, after;

    os_memheap_info(&own, &before);
    os_memheap_free(&own, own_block);
    os_memheap_info(&own, &after);
    if (after.mem_used < before.mem_used)
        own_block = os_memheap_alloc(&own, 10);
    return after.mem_used < before.mem_used;
}

/* Nothing is asked of the lock, so nothing is noticed: it "does its work", which is to say NULL. */
static bool call_malloc_of_nothing(void)
{
    return os_malloc(0) == NULL && os_calloc(0, 5) == NULL;
}

static bool call_malloc_of_too_much(void)
{
    return os_malloc(1 << 20) == NULL;
}

#define ANYWHERE (1u << IN_TASK | 1u << IN_ISR | 1u << LOCKED | 1u << MASKED)
#define WAITING  (1u << IN_TASK)
#define NO_ISR   (ANYWHERE & ~(1u << IN_ISR))

static const struct check_call calls[] = {
    {"os_malloc", call_malloc, NULL, WAITING},
    {"os_calloc", call_calloc, NULL, WAITING},
    {"os_realloc", call_realloc, NULL, WAITING},
    {"os_aligned_malloc", call_aligned, has_aligned, WAITING},
    {"os_malloc_align", call_malloc_align, is_v1, WAITING},
    {"os_free", call_free, NULL, WAITING},
    {"os_memory_info", call_info, NULL, ANYWHERE},
    {"os_memory_check", call_check, NULL, WAITING},
    {"os_malloc(0)", call_malloc_of_nothing, is_first_fit, ANYWHERE},
    {"os_malloc of too much", call_malloc_of_too_much, is_buddy, ANYWHERE},
    {"os_sys_heap_add", call_add, is_v2, NO_ISR},
    {"os_memheap_init", call_memheap_init, is_v2, NO_ISR},
    {"os_memheap_alloc", call_memheap_alloc, is_v2, WAITING},
    {"os_memheap_free", call_memheap_free, is_v2, WAITING},
};

static const struct check_call *current;

static void make_in_isr(void)
{
    CHECK(os_is_irq_active());
    check_in_context(current, IN_ISR, context_names[IN_ISR]);
}

static void try_everywhere(const struct check_call *call)
{
    os_ubase_t state;

    check_in_context(call, IN_TASK, context_names[IN_TASK]);
    current = call;
    check_in_isr(make_in_isr);
    os_schedule_lock();
    CHECK(os_is_schedule_locked());
    check_in_context(call, LOCKED, context_names[LOCKED]);
    os_schedule_unlock();
    state = os_irq_lock();
    CHECK(os_is_irq_disabled());
    check_in_context(call, MASKED, context_names[MASKED]);
    os_irq_unlock(state);
}

int main(void)
{
    unsigned i;

    if (is_v2()) {
        os_memheap_init(&own, "own");
        os_memheap_add(&own, own_memory, sizeof own_memory, OS_MEM_ALG_DEFAULT);
        own_block = os_memheap_alloc(&own, 10);
    }
    block = os_malloc(20);
    for (i = 0; i < COUNT(calls); i++)
        try_everywhere(&calls[i]);
    CHECK(check_whole(&kernel.system_heap));
    check_look();
    os_schedule_unlock();
    CHECK(check_diagnosed(DIAGNOSIS_OBJECT, 1));
    return check_failures != 0;
}
