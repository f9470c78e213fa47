/*
 * Tasks that print, allocate and sort with the host's C library, while a 10 kHz device and time
 * slices take their core away: nothing hangs, since no task is ever parked inside the library. The
 * argument is the virtual time in seconds.
 */
#include <rthw.h>
#include <rtthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "heapsim.h"

enum { LINE = 2, TASKS = 4, NUMBERS = 16 };

static struct rt_semaphore sampled;
static unsigned rounds[TASKS], urgent_rounds, interrupts, wrong;
static volatile int stopping;

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int sort_some(int *numbers)
{
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = (int)sim_random(1000);
    qsort(numbers, NUMBERS, sizeof *numbers, compare); /* may be preempted in compare() */
    for (int i = 1; i < NUMBERS; i++)
        if (numbers[i - 1] > numbers[i])
            return 0;
    return 1;
}

static void works(void *parameter)
{
    const rt_ubase_t self = (rt_ubase_t)parameter;

    while (!stopping) {
        const size_t size = 64 + sim_random(2000);
        char *text = malloc(size);
        int *const numbers = malloc(NUMBERS * sizeof *numbers);

        memset(text, 'a' + (int)self, size);
        sim_spend(10 + sim_random(60));
        if (text[0] != 'a' + (int)self || text[size - 1] != text[0] || !sort_some(numbers))
            wrong++;
        text = realloc(text, size * 2);
        snprintf(text, size, "task %lu, round %u", self, rounds[self]);
        printf("%s: %d to %d, %.3f\n", text, numbers[0], numbers[NUMBERS - 1],
               sim_time_us() * 1e-6);
        free(numbers);
        free(text);
        rounds[self]++;
    }
}

static void prints_when_sampled(void *unused)
{
    while (!stopping) {
        rt_sem_take(&sampled, RT_WAITING_FOREVER);
        char *const text = malloc(100);
        printf("sample %u\n", urgent_rounds++);
        free(text);
    }
}

static void on_device(int line, void *unused)
{
    rt_interrupt_enter();
    interrupts++;
    if (interrupts % 7 == 0)
        rt_sem_release(&sampled);
    rt_interrupt_leave();
}

int main(int argc, char **argv)
{
    const int seconds = argc == 2 ? atoi(argv[1]) : 1;
    unsigned sum = 0;

    if (freopen("/dev/null", "w", stdout) == NULL)
        return 1;
    rt_sem_init(&sampled, "sampled", 0, RT_IPC_FLAG_FIFO);
    for (rt_ubase_t i = 0; i < TASKS; i++)
        rt_thread_startup(rt_thread_create("works", works, (void *)i, 1024, 20, 1 + i % 3));
    rt_thread_startup(rt_thread_create("urgent", prints_when_sampled, RT_NULL, 1024, 5, 5));
    rt_hw_interrupt_install(LINE, on_device, RT_NULL, "device");
    sim_device(LINE, 100, 100, 30, 0);
    rt_thread_mdelay(1000 * seconds);
    stopping = 1;
    for (int i = 0; i < TASKS; i++)
        sum += rounds[i];
    fprintf(stderr, "%u interrupts, %u urgent rounds, %u rounds, %u wrong\n", interrupts,
            urgent_rounds, sum, wrong);
    return wrong == 0 && interrupts >= 9990u * (unsigned)seconds &&
                   urgent_rounds >= interrupts / 7 - 2 &&
                   rounds[TASKS - 1] > 100u * (unsigned)seconds
               ? 0
               : 1;
}
