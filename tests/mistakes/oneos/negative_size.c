/*
 * Four bytes for a header are taken off a length of 2.
 *
 * Expected: size-overflow by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-first-fit
 * Run: --heap oneos-small
 * Run: --heap oneos-buddy
 */
#include <os_memory.h>

static os_uint32_t length = 2;

int main(void)
{
    char *body = os_malloc((os_uint32_t)(length - 4)); /* MISTAKE */

    return body != OS_NULL;
}
