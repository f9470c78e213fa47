/*
 * A count that was read from a damaged file, times the size of an entry.
 *
 * Expected: size-overflow by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

struct entry {
    rt_uint32_t key, value[7];
};

static rt_uint32_t count_in_file(void)
{
    return 0x08000001;
}

int main(void)
{
    struct entry *table = rt_calloc(count_in_file(), sizeof *table); /* MISTAKE */

    if (table == RT_NULL)
        return 1;
    rt_free(table);
    return 0;
}
