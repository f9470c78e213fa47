/*
 * An allocator of the application's own, around rt_malloc: who called it stands in the way there.
 *
 * Expected: heap-overflow by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Says: < load_config (wrapper.c:
 */
#include <rtthread.h>

static unsigned allocations;

__attribute__((noinline)) static void *my_alloc(rt_size_t size)
{
    void *block = rt_malloc(size); /* TAKEN */

    allocations++;
    return block;
}

__attribute__((noinline)) static char *load_config(int size)
{
    char *config = my_alloc((rt_size_t)size);

    config[size] = '\0'; /* MISTAKE */
    return config;
}

int main(void)
{
    char *config = load_config(24);

    rt_free(config);
    return 0;
}
