/* The same for OneOS, where main is the only task. */
#include <heapsim.h>
#include <oneos_config.h>
#include <os_errno.h>
#include <os_memory.h>
#include <os_stddef.h>
#include <os_task.h>
#include <os_util.h>
#include <string.h>

static void *volatile held;
static os_memheap_t heap;
static os_uint8_t memory[4096];

static __attribute__((noinline)) void *take(os_size_t size)
{
    void *const block = os_malloc(size);

    if (block != OS_NULL)
        memset(block, 0, size);
    return block;
}

static __attribute__((noinline)) void leak(int count)
{
    for (int i = 0; i < count; i++)
        take(40);
}

const struct sim_argument sim_arguments[] = {
    {"case", "loop|static|heap|none", "loop", "what leaks"}, {0}};

int main(void)
{
    const char *const name = sim_argument("case");

    os_memheap_init(&heap, "own");
    os_memheap_add(&heap, memory, sizeof memory, OS_MEM_ALG_FIRSTFIT);
    if (strcmp(name, "loop") == 0)
        leak(3);
    if (strcmp(name, "static") == 0)
        held = take(100);
    if (strcmp(name, "heap") == 0)
        os_memheap_alloc(&heap, 64);
    if (strcmp(name, "none") == 0)
        os_free(take(100));
    return 0;
}
