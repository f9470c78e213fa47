/*
 * Pages of the slab's page allocator, written from the first byte to the last.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-slab
 */
#include <rtthread.h>
#include <string.h>

int main(void)
{
    char *one = rt_page_alloc(1);
    char *three = rt_page_alloc(3);

    memset(one, 1, 4096);
    memset(three, 3, 3 * 4096);
    rt_page_free(one, 1);
    one = rt_malloc(4096);
    memset(one, 1, 4096);
    rt_free(one);
    rt_page_free(three, 3);
    return 0;
}
