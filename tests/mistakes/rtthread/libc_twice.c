/*
 * The C library's names: a copy of a name is freed twice.
 *
 * Build: LIBC_HEAP
 * Expected: double-free by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Says: with strdup
 */
#include <rtthread.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *name = strdup("left motor"); /* TAKEN */

    free(name); /* FREED */
    free(name); /* MISTAKE */
    return 0;
}
