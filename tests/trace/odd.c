/*
 * Threads with names that JSON must escape; then, as its argument says, an end that leaves no time
 * to tidy up.
 */
#include <rtthread.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heapsim.h"

static void work(void *parameter)
{
    rt_thread_delay(1);
    sim_spend(100);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"say \"hi\"",   "C:\\tmp",         "a\tb\nc\x01",
                                        "caf\xc3\xa9",  "\xff\xfe bad",    "cut \xe2\x82",
                                        "\xed\xa0\x80", "\xf0\x9f\x98\x80"};
    const char *const ending = argc > 1 ? argv[1] : "";
    unsigned i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        rt_thread_startup(rt_thread_create(names[i], work, RT_NULL, 512, 15, 5));
    rt_thread_delay(10);
    if (strcmp(ending, "fault") == 0)
        *(volatile int *)16 = 0;
    if (strcmp(ending, "abort") == 0)
        abort();
    if (strcmp(ending, "terminate") == 0)
        raise(SIGTERM);
    while (strcmp(ending, "endless") == 0 || strcmp(ending, "slow") == 0) {
        if (ending[0] == 's')
            usleep(100); /* of host time, so that the file grows slowly */
        rt_free(rt_malloc(100 + sim_random(1000)));
        rt_thread_delay(1);
    }
    return 0;
}
