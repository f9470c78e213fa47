/*
 * The C library's names: an array moved when it grew, and an element's old address is still used.
 *
 * Build: LIBC_HEAP
 * Expected: use-after-free by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-memheap
 * Says: with realloc
 */
#include <rtthread.h>
#include <stdlib.h>

struct point {
    int x, y;
};

static struct point *points;

static void grow(rt_size_t count)
{
    points = realloc(points, count * sizeof *points); /* FREED */
}

int main(void)
{
    struct point *last;
    void *other;

    points = malloc(4 * sizeof *points); /* TAKEN */
    other = malloc(8);
    last = &points[3];
    last->x = 1;
    grow(40);
    last->y = 2; /* MISTAKE */
    free(points);
    free(other);
    return 0;
}
