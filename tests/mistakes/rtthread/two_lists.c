/*
 * A job stands in two lists, and both are emptied.
 *
 * Expected: double-free by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

#define JOBS 4

static int *urgent[JOBS], *all[JOBS];

static void empty(int **jobs, void (*give)(void *))
{
    int i;

    for (i = 0; i < JOBS; i++)
        if (jobs[i] != RT_NULL)
            give(jobs[i]);
}

static void give_urgent(void *job)
{
    rt_free(job); /* FREED */
}

static void give_all(void *job)
{
    rt_free(job); /* MISTAKE */
}

int main(void)
{
    int i;

    for (i = 0; i < JOBS; i++)
        all[i] = rt_malloc(24 + 8 * i); /* TAKEN */
    urgent[2] = all[2];
    empty(urgent, give_urgent);
    empty(all, give_all);
    return 0;
}
