/*
 * A slab heap of the application's own; a block of the system's is given to it.
 *
 * Expected: wrong-heap by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Says: 'own'
 */
#include <rtthread.h>

static rt_uint8_t memory[256 * 1024];

int main(void)
{
    rt_slab_t own = rt_slab_init("own", memory, sizeof memory);
    char *first = rt_slab_alloc(own, 40);
    char *second = rt_malloc(40); /* TAKEN */

    first[0] = second[0] = 1;
    rt_slab_free(own, first);
    rt_slab_free(own, second); /* MISTAKE */
    return 0;
}
