/*
 * One sample too many: <= where < is meant.
 *
 * Expected: heap-overflow by task 'adc'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

#define SAMPLES 16

static int sum;

static void collect(int *samples)
{
    int i;

    for (i = 0; i <= SAMPLES; i++)
        samples[i] = i * i; /* MISTAKE */
}

static void adc(void *parameter)
{
    int *samples = rt_malloc(SAMPLES * sizeof *samples); /* TAKEN */
    int i;

    collect(samples);
    for (i = 0; i < SAMPLES; i++)
        sum += samples[i];
    rt_free(samples);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("adc", adc, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
