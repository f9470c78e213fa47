/*
 * Two interrupts: a thread reads two words that an ISR writes, and one repetition is not enough.
 *
 * What to learn here:
 * - The ISR writes a sample and its time. The thread reads the time, the sample and the time again:
 * if that has changed, an interrupt came between, and it reads once more. One interrupt does no
 * harm therefore, wherever it comes; a second one in the second reading does.
 * - Who tests with one interrupt at every point finds nothing. "That never happens twice" is a
 * statement about time, and a thread has none of its own: a burst, another ISR or a more urgent
 * thread may come in between any two of its accesses.
 * - --fix: it repeats until nothing has changed.
 *
 * The check at the end: each sample belonged to its time.
 */
#include <rthw.h>
#include <rtthread.h>

#include <stdio.h>

#include "heapsim.h"

#define LINE     6
#define READINGS 3
#define SLOPE    25 /* what is measured grows by that much each time */

static volatile rt_uint32_t moment, sample;
static volatile rt_uint32_t wrong;
static rt_sem_t ended;

static void on_sample(int line, void *parameter)
{
    moment = moment + 1;
    sample = moment * SLOPE;
}

static rt_bool_t fits(void)
{
    rt_uint32_t when, what, readings = 0;

    do {
        when = moment;
        what = sample;
        readings++;
    } while (moment != when && (readings < 2 || sim_fixed()));
    return what == when * SLOPE;
}

static void reads(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < READINGS; i++) {
        if (!fits())
            wrong = wrong + 1;
        rt_thread_delay(1);
    }
    rt_sem_release(ended);
}

int main(void)
{
    rt_thread_t reader;

    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(LINE, on_sample, RT_NULL, "adc");
    sim_device(LINE, 100, 300, 200, 8);
    reader = rt_thread_create("reader", reads, RT_NULL, 512, 12, 5);
    rt_thread_control(reader, RT_THREAD_CTRL_BIND_CPU, 0); /* where its interrupt comes */
    rt_thread_startup(reader);
    rt_sem_take(ended, RT_WAITING_FOREVER);
    if (wrong != 0) {
        fprintf(stderr, "FAILED: %u samples were read with the time of another\n", wrong);
        return 1;
    }
    return 0;
}
