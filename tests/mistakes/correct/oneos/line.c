/*
 * Lines of pixels, each as long as was asked for.
 *
 * Expected: nothing
 * Run: --leaks --heap oneos-mixed
 * Run: --leaks --heap oneos-first-fit
 * Run: --leaks --heap oneos-buddy
 * Run: --leaks --heap oneos-first-fit-v201
 * Run: --leaks --heap oneos-small-lite
 * Run: --leaks --heap oneos-small
 */
#include <os_memory.h>

static void fill(os_uint16_t *line, int width)
{
    int x;

    for (x = 0; x < width; x++)
        line[x] = 0xf800;
}

int main(void)
{
    int width;

    for (width = 1; width < 60; width++) {
        os_uint16_t *line = os_malloc(width * sizeof *line);

        fill(line, width);
        os_free(line);
    }
    return 0;
}
