/*
 * A buffer grows and shrinks; pointers into it are made anew each time.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

int main(void)
{
    static const rt_size_t sizes[] = {16, 17, 40, 39, 400, 20, 4000, 4001, 1, 64};
    char *buffer = RT_NULL;
    char *other = rt_malloc(24);
    unsigned i;

    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *bigger = rt_realloc(buffer, sizes[i]);

        if (bigger == RT_NULL)
            return 1;
        buffer = bigger;
        memset(buffer, (int)i, sizes[i]);
        buffer[sizes[i] - 1] = 'e';
    }
    rt_free(other);
    rt_realloc(buffer, 0);
    return 0;
}
