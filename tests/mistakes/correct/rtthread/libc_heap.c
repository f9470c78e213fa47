/*
 * The C library's names on the RTOS's heap: all of them, to the last byte.
 *
 * Build: LIBC_HEAP
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *name = strdup("left motor");
    char *part = strndup(name, 4);
    int *values = malloc(10 * sizeof *values);
    int *zeroed = calloc(10, sizeof *zeroed);
    int i, sum = 0;

    for (i = 0; i < 10; i++)
        values[i] = i;
    values = realloc(values, 20 * sizeof *values);
    for (i = 10; i < 20; i++)
        values[i] = i;
    for (i = 0; i < 20; i++)
        sum += values[i] + zeroed[i / 2];
    i = strcmp(part, "left");
    free(zeroed);
    free(values);
    free(part);
    free(name);
    free(NULL);
    return sum == 190 && i == 0 ? 0 : 1;
}
