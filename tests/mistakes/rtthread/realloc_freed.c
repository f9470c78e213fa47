/*
 * A table is emptied by freeing it, and grows again with the old pointer.
 *
 * Expected: freed-realloc by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

static int *table;
static int count;

static void add(int value)
{
    table = rt_realloc(table, sizeof(int) * (rt_size_t)(count + 1)); /* TAKEN, MISTAKE */
    table[count++] = value;
}

static void empty(void)
{
    rt_free(table); /* FREED */
    count = 0;
}

int main(void)
{
    add(1);
    add(2);
    empty();
    add(3);
    return 0;
}
