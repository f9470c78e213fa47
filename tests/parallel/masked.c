/*
 * masked SECTIONS: a task on each core masks interrupts that many times in all, while another host
 * thread raises three lines on random cores at random times. No interrupt comes in while its core
 * is masked, and each that was set while it was clear is taken once: none is lost, none invented.
 */
#include <pthread.h>
#include <rthw.h>
#include <rtthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../kernel/kernel.h"
#include "heapsim.h"

enum { LINES = 3, FIRST = 5, CORES = 64 };

static volatile int in_section[CORES];
static unsigned taken[LINES];
static unsigned raised[LINES]; /* while clear; by the other thread */
static atomic_uint taken_on[CORES][LINES];
static atomic_uint wrong, running;
static atomic_int stopping;
static unsigned long sections;

static void on_line(int line, void *parameter)
{
    const unsigned core = port_core();

    if (in_section[core])
        wrong++;
    taken_on[core][line - FIRST]++;
}

static void masks(void *parameter)
{
    const unsigned core = (unsigned)(rt_ubase_t)parameter;

    for (unsigned long i = 0; i < sections; i++) {
        const rt_base_t level = rt_hw_interrupt_disable();

        in_section[core] = 1;
        if (port_core() != core)
            wrong++;
        in_section[core] = 0;
        rt_hw_interrupt_enable(level);
    }
    running--;
}

static void *raises(void *parameter)
{
    uint64_t state = 1;

    while (!stopping) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        const unsigned core = (unsigned)(state >> 40) % kernel.core_count;
        const unsigned line = (unsigned)(state >> 50) % LINES;

        if (irq_pend(core, FIRST + line))
            raised[line]++;
        port_kick(core); /* also if it was pending: a doorbell more does no harm */
        for (volatile unsigned long wait = (unsigned long)((state >> 33) % 3000); wait > 0; wait--)
            ;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t raiser;
    sigset_t all, before;

    sections = (argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000) / kernel.core_count;
    for (unsigned i = 0; i < LINES; i++) {
        rt_hw_interrupt_install((int)(FIRST + i), on_line, RT_NULL, "line");
        rt_hw_interrupt_set_priority((int)(FIRST + i), 40 + 20 * i);
        rt_hw_interrupt_umask((int)(FIRST + i));
    }
    for (unsigned core = 0; core < kernel.core_count; core++) {
        rt_thread_t thread =
            rt_thread_create("masks", masks, (void *)(rt_ubase_t)core, 512, 20, 10);

        rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)core);
        running++;
        rt_thread_startup(thread);
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_create(&raiser, NULL, raises, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (running > 0)
        rt_thread_delay(5);
    stopping = 1;
    pthread_join(raiser, NULL);
    rt_thread_delay(20);
    for (unsigned i = 0; i < LINES; i++) {
        for (unsigned core = 0; core < kernel.core_count; core++)
            taken[i] += taken_on[core][i];
        printf("line %u: %u raised, %u taken\n", i, raised[i], taken[i]);
        wrong += raised[i] != taken[i] || raised[i] == 0 ? 1 : 0;
    }
    fprintf(stderr, "%lu masked sections, %u wrong\n", sections * kernel.core_count,
            (unsigned)wrong);
    return wrong == 0 ? 0 : 1;
}
