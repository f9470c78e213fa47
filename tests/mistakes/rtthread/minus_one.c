/*
 * A length of -1, which means "error", is used as a size.
 *
 * Expected: size-overflow by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

static int length_of(const char *name)
{
    return name[0] == '/' ? 10 : -1;
}

int main(void)
{
    rt_uint32_t length = (rt_uint32_t)length_of("config");
    char *text = rt_malloc(length); /* MISTAKE */

    if (text == RT_NULL)
        return 1;
    rt_free(text);
    return 0;
}
