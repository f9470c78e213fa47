/*
 * Samples are collected, copied and summed: exactly as many as there are.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

#define SAMPLES 16

static int sum;

static void adc(void *parameter)
{
    short *samples = rt_malloc(SAMPLES * sizeof *samples);
    short *copy = rt_malloc(SAMPLES * sizeof *copy);
    int i;

    for (i = 0; i < SAMPLES; i++)
        samples[i] = (short)(i * i);
    memcpy(copy, samples, SAMPLES * sizeof *samples);
    memset(samples, 0, SAMPLES * sizeof *samples);
    for (i = 0; i < SAMPLES; i++)
        sum += copy[i];
    rt_free(samples);
    rt_free(copy);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("adc", adc, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return sum == 1240 ? 0 : 1;
}
