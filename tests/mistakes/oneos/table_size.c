/*
 * rows x columns is too much for 32 bits.
 *
 * Expected: size-overflow by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Run: --heap oneos-small-lite
 * Run: --heap oneos-small
 */
#include <os_memory.h>

static os_uint32_t rows = 0x10000, columns = 0x10000;

int main(void)
{
    char *table = os_calloc(rows, columns + 1); /* MISTAKE */

    return table != OS_NULL;
}
