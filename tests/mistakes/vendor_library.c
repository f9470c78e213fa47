#include "vendor_library.h"

void vendor_fill(unsigned char *buffer, unsigned size)
{
    unsigned i;

    for (i = 0; i < size; i++)
        buffer[i] = (unsigned char)(0x41 + i % 26);
}

void vendor_step(unsigned char *state, unsigned at)
{
    state[at] ^= 0xff;
}
