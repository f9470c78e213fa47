/*
 * OneOS 1.x: an aligned block is given to os_free, not to os_free_align.
 *
 * Expected: interior-pointer by task 'main'
 * Run: --heap oneos-small
 * Says: Give it back with os_free_align.
 */
#include <os_memory.h>

int main(void)
{
    char *buffer = os_malloc_align(100, 64); /* TAKEN */

    buffer[99] = 1;
    os_free(buffer); /* MISTAKE */
    return 0;
}
