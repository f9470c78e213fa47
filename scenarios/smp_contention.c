/*
 * Contention: what the heap's one lock costs when 2, 4 or 8 cores allocate at a time.
 *
 * What to learn here:
 * - The system heap has one lock. However many cores there are, one thread at a time is inside; the
 * others wait, and each wait is two switches of a thread.
 * - So more cores give no more allocations: the throughput of all together stands still or falls,
 * and the time of one call grows with the number of cores.
 * - What helps is to do more between the calls (work=1000), or not to share: a pool or a heap of
 * its own for each core (heap=own), which needs no lock.
 *
 * The check at the end: every block held its contents. With one heap, four cores or more are no
 * faster than two and a half; with a heap for each, all are as fast as there are cores, but for a
 * tenth.
 */
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define CORES_MOST 8
#define TIME_US    20000
#define OWN_BYTES  (16 * 1024)
#define LITTER     1000 /* small holes that a search passes over */

const struct sim_argument sim_arguments[] = {
    {"heap", "shared|own", "shared", "one heap for all cores, or one for each"},
    {"work", "0..10000", "0", "microseconds between two calls"},
    {"cores", "1..8", "8", "how many cores allocate at most (--cores is how many there are)"},
    {0}};

struct worker {
    rt_uint32_t pairs, wrong, worst_us;
    rt_uint64_t inside_us;
    rt_smem_t heap;
    rt_uint8_t memory[OWN_BYTES];
};

static struct worker workers[CORES_MOST];
static rt_sem_t ended;
static rt_uint32_t work_us;
static rt_bool_t own;

static void work(void *parameter)
{
    struct worker *self = parameter;
    const rt_uint64_t end = sim_time_us() + TIME_US;

    while (sim_time_us() < end) {
        const rt_uint32_t size = 16 + sim_random(200);
        rt_uint64_t since = sim_time_us();
        rt_uint8_t *block = own ? rt_smem_alloc(self->heap, size) : rt_malloc(size);
        rt_uint32_t took = (rt_uint32_t)(sim_time_us() - since);

        block[size - 1] = (rt_uint8_t)size;
        if (work_us > 0)
            sim_spend(work_us);
        self->wrong += block[size - 1] != (rt_uint8_t)size;
        if (own)
            rt_smem_free(block);
        else
            rt_free(block);
        self->pairs++;
        self->inside_us += took;
        if (took > self->worst_us)
            self->worst_us = took;
    }
    rt_sem_release(ended);
}

/* Live blocks with holes between them, as in a heap that has been used for a while. */
static void litter(rt_uint32_t count, rt_smem_t heap)
{
    static void *holes[LITTER]; /* main has a stack of 2048 bytes on the board */
    rt_uint32_t i;

    for (i = 0; i < count; i++) {
        holes[i] = heap != RT_NULL ? rt_smem_alloc(heap, 12) : rt_malloc(12);
        if (heap != RT_NULL)
            rt_smem_alloc(heap, 12);
        else
            rt_malloc(12);
    }
    for (i = 0; i < count; i++) {
        if (heap != RT_NULL)
            rt_smem_free(holes[i]);
        else
            rt_free(holes[i]);
    }
}

/* So many cores at a time; returns the pairs of rt_malloc and rt_free in each millisecond. */
static rt_uint32_t run(rt_uint32_t cores)
{
    rt_uint32_t pairs = 0, worst_us = 0, i;
    rt_uint64_t inside_us = 0;

    for (i = 0; i < cores; i++) {
        rt_thread_t thread = rt_thread_create("worker", work, &workers[i], 1024, 12, 5);

        workers[i].pairs = workers[i].worst_us = 0;
        workers[i].inside_us = 0;
        if (own) {
            workers[i].heap = rt_smem_init("own", workers[i].memory, OWN_BYTES);
            litter(LITTER / CORES_MOST, workers[i].heap);
        }
        rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)i);
        rt_thread_startup(thread);
    }
    for (i = 0; i < cores; i++)
        rt_sem_take(ended, RT_WAITING_FOREVER);
    for (i = 0; i < cores; i++) {
        pairs += workers[i].pairs;
        inside_us += workers[i].inside_us;
        if (workers[i].worst_us > worst_us)
            worst_us = workers[i].worst_us;
        if (own)
            rt_smem_detach(workers[i].heap);
    }
    rt_kprintf(
        "%u cores: %4u pairs/ms, %4u each; a call takes %3u ns on average, %3u us at worst\n",
        cores, pairs * 1000 / TIME_US, pairs * 1000 / TIME_US / cores,
        (rt_uint32_t)(inside_us * 1000 / pairs), worst_us);
    return pairs;
}

int main(void)
{
    const rt_uint32_t cores = sim_argument_number("cores");
    rt_uint32_t one, all, wrong = 0, bad = 0, i;

    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    work_us = sim_argument_number("work");
    own = strcmp(sim_argument("heap"), "own") == 0;
    rt_thread_delay(1);
    if (!own)
        litter(LITTER, RT_NULL);
    one = run(1);
    for (i = 2; i <= cores && i <= sim_core_count(); i *= 2) {
        all = run(i);
        if (own)
            bad += all < one * i / 10 * 9;
        else if (work_us == 0 && i >= 4)
            bad += all > one * 5 / 2;
    }
    for (i = 0; i < CORES_MOST; i++)
        wrong += workers[i].wrong;
    if (wrong != 0 || bad != 0) {
        rt_kprintf("FAILED: %u blocks wrong, %u numbers of cores not as fast as expected\n", wrong,
                   bad);
        return 1;
    }
    return 0;
}
