/*
 * A question asked too late: one core sets a sensor up, the other reads it, in the wrong order.
 *
 * What to learn here:
 * - The sensor's thread stores the offset, then says that the sensor is ready. Who reads must go
 * the other way round: ask first, then read. The reader here reads the offset and asks afterwards.
 * - To go wrong it takes three switches: the reader comes before the offset is set, and gets the
 * old one; the sensor's core goes on and says that all is ready; the reader asks while that is
 * still so, and trusts what it has read before. With one switch less no harm is done.
 * - The words are atomic, each access is whole and seen in order: that alone puts nothing right.
 * - --fix: the question comes first.
 *
 * The check at the end: each offset that was trusted is the sensor's.
 *
 * It needs two cores: order_bug --cores 2
 */
#include <rtthread.h>

#include <stdio.h>
#include <stdlib.h>

#include "heapsim.h"

#define CORES    2
#define READINGS 3
#define SAMPLES  5
#define OFFSET   40

static _Atomic rt_uint32_t offset, ready;
static volatile rt_uint32_t samples, wrong; /* each of one thread */
static rt_thread_t reader;
static rt_sem_t ended;

static void reads(void *parameter)
{
    rt_uint32_t correction, trusted = 0, i;

    for (i = 0; i < READINGS; i++) {
        if (sim_fixed())
            trusted = ready;
        correction = offset;
        if (!sim_fixed())
            trusted = ready;
        if (trusted && correction != OFFSET)
            wrong = wrong + 1;
    }
    rt_sem_release(ended);
}

static void sets_up(void *parameter)
{
    rt_uint32_t i;

    rt_thread_startup(reader); /* to be told that the sensor is not ready is better than to wait */
    offset = OFFSET;
    ready = 1;
    for (i = 0; i < SAMPLES; i++)
        samples = samples + 1;
    ready = 0; /* it sleeps */
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
        fprintf(stderr, "FAILED: %u offsets were trusted, but were not the sensor's\n", wrong);
        return 1;
    }
    return 0;
}
