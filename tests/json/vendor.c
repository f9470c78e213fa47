#include "vendor.h"

#include <time.h>

void vendor_fill(char *to, char with, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        ((volatile char *)to)[i] = with;
}

void vendor_compute(unsigned seconds)
{
    volatile unsigned turns = 0;
    /* Time of the CPU: on a busy host the watchdog looks less often, too. */
    const clock_t end = clock() + (clock_t)seconds * CLOCKS_PER_SEC;

    while (++turns % 10000000 != 0 || clock() < end) /* one line, wherever it is looked at */
        ;
}
