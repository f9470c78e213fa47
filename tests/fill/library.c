#include "library.h"

void library_write(char *at, int offset, int count)
{
    for (volatile char *byte = at + offset; count > 0; count--)
        *byte++ = 0x11;
}

int library_read(const char *at, int offset)
{
    return *(const volatile char *)(at + offset);
}
