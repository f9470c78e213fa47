/*
 * OneOS 1.x: an aligned block is freed twice.
 *
 * Expected: double-free by task 'main'
 * Run: --heap oneos-small
 */
#include <os_memory.h>

int main(void)
{
    char *buffer = os_malloc_align(100, 64); /* TAKEN */

    buffer[99] = 1;
    os_free_align(buffer); /* FREED */
    os_free_align(buffer); /* MISTAKE */
    return 0;
}
