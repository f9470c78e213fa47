/*
 * os_free takes no NULL, unlike free: the board stops.
 *
 * Expected: assertion by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Says: the pointer is NULL
 */
#include <os_memory.h>

static char *optional;

int main(void)
{
    os_free(optional); /* MISTAKE */
    return 0;
}
