/*
 * What lies behind a length word is given to realloc.
 *
 * Expected: interior-pointer by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Run: --heap oneos-small
 */
#include <os_memory.h>

static os_uint32_t *new_array(os_uint32_t count)
{
    os_uint32_t *block = os_malloc(4 + 4 * count); /* TAKEN */

    block[0] = count;
    return block + 1;
}

int main(void)
{
    os_uint32_t *array = new_array(10);

    array[9] = 1;
    array = os_realloc(array, 80); /* MISTAKE */
    return array != OS_NULL;
}
