/*
 * Pages are given back that were given back before.
 *
 * Expected: double-free by task 'main'
 * Run: --heap rt-slab
 */
#include <rtthread.h>

int main(void)
{
    char *pages = rt_page_alloc(2); /* TAKEN */

    pages[8191] = 1;
    rt_page_free(pages, 2); /* FREED */
    rt_page_free(pages, 2); /* MISTAKE */
    return 0;
}
