/*
 * A block of the second RAM grows and moves; the old pointer is read.
 *
 * Expected: use-after-free by task 'main'
 * Says: rt_memheap_realloc
 */
#include <rtthread.h>

static struct rt_memheap sdram;
static rt_uint8_t memory[4096];

int main(void)
{
    int *values, *old, *other, sum;

    rt_memheap_init(&sdram, "sdram", memory, sizeof memory);
    values = old = rt_memheap_alloc(&sdram, 64); /* TAKEN */
    other = rt_memheap_alloc(&sdram, 64);
    values[0] = 1;
    values = rt_memheap_realloc(&sdram, values, 640); /* FREED */
    sum = old[0] + values[0];                         /* MISTAKE */
    rt_memheap_free(other);
    rt_memheap_free(values);
    return sum == 2 ? 0 : 1;
}
