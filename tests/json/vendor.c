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
    const time_t end = time(NULL) + (time_t)seconds;

    while (++turns % 10000000 != 0 || time(NULL) <= end) /* one line, wherever it is looked at */
        ;
}
