/*
 * Samples that an ISR collects and a thread uses: by what they may be shared, and by what not.
 *
 * What to learn here:
 * - A mutex or a scheduler lock keeps no interrupt out; turning interrupts off does, on the board's
 *   one core. With --cores 2 the ISR may run beside the thread, and must take that lock, too.
 * - The check at the end often passes all the same: the window is a few instructions wide, and the
 *   interrupt has to come just there. Run it with --races: that needs no luck.
 *
 * The check at the end: every sample is in the sum. With
 *   races_lesson lock=off|scheduler|interrupts
 * nothing, the scheduler's lock (standard) or turning interrupts off guards the samples.
 */
#include <rthw.h>
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define ADC_LINE 7
#define ROUNDS   300

const struct sim_argument sim_arguments[] = {
    {"lock", "off|scheduler|interrupts", "scheduler", "what guards the samples in the thread"},
    {0}};

static enum { NOTHING, SCHEDULER, INTERRUPTS } lock;
static rt_uint32_t samples, collected; /* changed by the ISR and by the thread */
static rt_sem_t done;

static void on_adc(int line, void *parameter)
{
    rt_base_t level = rt_hw_interrupt_disable(); /* for the other cores */

    samples++;
    rt_hw_interrupt_enable(level);
}

static rt_base_t guard(void)
{
    if (lock == INTERRUPTS)
        return rt_hw_interrupt_disable();
    if (lock == SCHEDULER)
        rt_enter_critical();
    return 0;
}

static void unguard(rt_base_t level)
{
    if (lock == INTERRUPTS)
        rt_hw_interrupt_enable(level);
    else if (lock == SCHEDULER)
        rt_exit_critical();
}

static void collect(void)
{
    rt_base_t level = guard();

    collected += samples; /* a sample that comes in here is lost */
    samples = 0;
    unguard(level);
}

static void filter(void *parameter)
{
    rt_uint32_t round;

    for (round = 0; round < ROUNDS; round++) {
        collect();
        sim_spend(20 + sim_random(20));
    }
    rt_sem_release(done);
}

int main(void)
{
    const char *name = sim_argument("lock");
    rt_uint32_t expected = 200;

    lock = strcmp(name, "off") == 0         ? NOTHING
           : strcmp(name, "scheduler") == 0 ? SCHEDULER
                                            : INTERRUPTS;
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(ADC_LINE, on_adc, RT_NULL, "adc");
    rt_thread_startup(rt_thread_create("filter", filter, RT_NULL, 1024, 12, 5));
    sim_device(ADC_LINE, 10, 30, 20, expected);
    rt_sem_take(done, RT_WAITING_FOREVER);
    rt_hw_interrupt_mask(ADC_LINE);
    collect();
    rt_kprintf("%u of %u samples collected\n", collected, expected);
    if (collected != expected) {
        rt_kprintf("FAILED: %u samples are lost\n", expected - collected);
        return 1;
    }
    return 0;
}
