/*
 * A question asked too late: one core sets a sensor up, the other reads it, in the wrong order.
 *
 * What to learn here:
 * - The sensor's thread stores the offset, then says that it is calibrated. Who reads must go the
 * other way round: ask first, then read. The reader here reads the offset and asks afterwards.
 * - To go wrong it takes three switches: the reader starts before the calibration and gets the old
 * offset; the sensor's core goes on and says that all is set up; then the reader asks, and
 * trusts what it read before. Any two of them alone do no harm.
 * - The words are atomic, each access is whole and seen in order: that alone puts nothing right.
 * - --fix: the question comes first.
 *
 * The check at the end: each value that was called calibrated is.
 *
 * It needs two cores: order_bug --cores 2
 */
#include <rtthread.h>

#include <stdio.h>
#include <stdlib.h>

#include "heapsim.h"

#define CORES    2
#define READINGS 3
#define OFFSET   40

static _Atomic rt_uint32_t offset, calibrated;
static _Atomic rt_uint32_t wrong;
static rt_thread_t reader;
static rt_sem_t ended;

static void reads(void *parameter)
{
    rt_uint32_t correction, known = 0, i;

    for (i = 0; i < READINGS; i++) {
        if (sim_fixed())
            known = calibrated;
        correction = offset;
        if (!sim_fixed())
            known = calibrated;
        if (known && correction != OFFSET)
            wrong = wrong + 1;
    }
    rt_sem_release(ended);
}

static void sets_up(void *parameter)
{
    rt_thread_startup(reader); /* a value without calibration is better than none */
    offset = OFFSET;
    calibrated = 1;
    rt_sem_release(ended);
}

int main(void)
{
    rt_thread_t sensor;

    if (sim_core_count() < CORES) {
        fprintf(stderr, "order_bug: the bug is one of two cores; run it with --cores 2\n");
        exit(2);
    }
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    sensor = rt_thread_create("sensor", sets_up, RT_NULL, 512, 12, 5);
    reader = rt_thread_create("reader", reads, RT_NULL, 512, 12, 5);
    rt_thread_control(sensor, RT_THREAD_CTRL_BIND_CPU, (void *)0);
    rt_thread_control(reader, RT_THREAD_CTRL_BIND_CPU, (void *)1);
    rt_thread_startup(sensor);
    rt_sem_take(ended, RT_WAITING_FOREVER);
    rt_sem_take(ended, RT_WAITING_FOREVER);
    if (wrong != 0) {
        fprintf(stderr, "FAILED: %u values were called calibrated, but were not\n", wrong);
        return 1;
    }
    return 0;
}
