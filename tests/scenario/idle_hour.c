/*
 * Ten periodic tasks that each do a little and sleep, as most of a device's life goes: with a 1 kHz
 * tick about 200 wake-ups a second. The argument is the virtual time in seconds.
 */
#include <rtthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { TASKS = 10, STACK = 512 };

static const rt_tick_t periods[TASKS] = {10, 20, 50, 100, 100, 200, 250, 500, 1000, 1000};
static unsigned rounds[TASKS];

static void works(void *parameter)
{
    const rt_ubase_t self = (rt_ubase_t)parameter;

    for (;;) {
        rounds[self]++;
        rt_thread_delay(periods[self]);
    }
}

int main(int argc, char **argv)
{
    const unsigned long seconds = argc == 2 ? strtoul(argv[1], NULL, 10) : 3600;
    unsigned sum = 0;

    if (RT_TICK_PER_SECOND != 1000)
        return 1;
    for (rt_ubase_t i = 0; i < TASKS; i++)
        rt_thread_startup(
            rt_thread_create("works", works, (void *)i, STACK, (rt_uint8_t)(5 + i), 10));
    for (unsigned long i = 0; i < seconds; i++)
        rt_thread_delay(RT_TICK_PER_SECOND);
    for (unsigned i = 0; i < TASKS; i++) {
        const unsigned long expected = seconds * RT_TICK_PER_SECOND / periods[i];

        sum += rounds[i];
        if (rounds[i] < expected || rounds[i] > expected + 1)
            return 1;
    }
    printf("%lu s, %u rounds\n", seconds, sum);
    return 0;
}
