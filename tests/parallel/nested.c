/*
 * An ISR that came amid code without safepoints, so by a doorbell, computes in such code itself: a
 * line that is more urgent comes in meanwhile, one that is as urgent waits until it has ended.
 */
#include <rtthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "heapsim.h"

enum { SLOW = 10, URGENT = 11, EQUAL = 12, ROUNDS = 20, SECONDS = 20 };

static volatile bool slow_runs, urgent_came, equal_came, urgent_nested, equal_nested, over;

static void on_urgent(int line, void *unused)
{
    urgent_came = true;
    urgent_nested = slow_runs;
}

static void on_equal(int line, void *unused)
{
    equal_came = true;
    equal_nested = slow_runs;
}

/* Ends once the urgent one has come, or never will. */
static void on_slow(int line, void *unused)
{
    const clock_t end = clock() + (clock_t)SECONDS * CLOCKS_PER_SEC;

    slow_runs = true;
    while (!urgent_came && clock() < end)
        ;
    slow_runs = false;
}

static void computes(void *unused)
{
    while (!over)
        ;
}

/* Ticks may be due on the other core, and come in only once its ISR has ended. */
static bool wait_for(const volatile bool *flag)
{
    const clock_t end = clock() + (clock_t)SECONDS * CLOCKS_PER_SEC;

    while (!*flag && clock() < end)
        ;
    return *flag;
}

static void install(unsigned line, void (*isr)(int line, void *unused), unsigned priority)
{
    sim_irq_install(line, isr, RT_NULL, "nested");
    sim_irq_set_priority(line, priority);
}

static bool round_is_right(void)
{
    urgent_came = equal_came = urgent_nested = equal_nested = false;
    sim_raise_on(0, SLOW);
    if (!wait_for(&slow_runs))
        return false;
    sim_raise_on(0, EQUAL);
    sim_raise_on(0, URGENT);
    return wait_for(&urgent_came) && wait_for(&equal_came) && urgent_nested && !equal_nested;
}

int main(void)
{
    unsigned right = 0;
    rt_thread_t thread = rt_thread_create("computes", computes, RT_NULL, 512, 20, 10);

    install(SLOW, on_slow, 200);
    install(URGENT, on_urgent, 50);
    install(EQUAL, on_equal, 200);
    rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_BIND_CPU, (void *)1);
    rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)0);
    rt_thread_startup(thread);
    rt_thread_delay(5);
    for (unsigned i = 0; i < ROUNDS; i++)
        right += round_is_right();
    over = true;
    printf("%u of %u rounds nest\n", right, (unsigned)ROUNDS);
    return right == ROUNDS ? 0 : 1;
}
