/*
 * A line of pixels has one pixel more than was asked for.
 *
 * Expected: heap-overflow by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-first-fit
 * Run: --heap oneos-buddy
 * Run: --heap oneos-first-fit-v201
 * Run: --heap oneos-small-lite
 * Run: --heap oneos-small
 * Says: a write of 2 bytes
 */
#include <os_memory.h>

#define WIDTH 50

static void fill(os_uint16_t *line, os_uint16_t color)
{
    int x;

    for (x = 0; x <= WIDTH; x++)
        line[x] = color; /* MISTAKE */
}

int main(void)
{
    os_uint16_t *line = os_malloc(WIDTH * sizeof *line); /* TAKEN */

    fill(line, 0xf800);
    os_free(line);
    return 0;
}
