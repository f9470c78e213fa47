/*
 * OneOS 1.x: aligned blocks go back by their own call.
 *
 * Expected: nothing
 * Run: --leaks --heap oneos-small
 */
#include <os_memory.h>
#include <string.h>

int main(void)
{
    char *buffer = os_malloc_align(100, 64);
    char *other = os_malloc(100);

    memset(buffer, 1, 100);
    memset(other, 1, 100);
    os_free_align(buffer);
    os_free_align(OS_NULL);
    os_free(other);
    return 0;
}
