/*
 * A plain block is given to rt_free_align, which looks for a pointer before it.
 *
 * Expected: foreign-pointer by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Says: Give it back with rt_free.
 */
#include <rtthread.h>

int main(void)
{
    char *buffer = rt_malloc(200); /* TAKEN */

    buffer[0] = 1;
    rt_free_align(buffer); /* MISTAKE */
    return 0;
}
