/*
 * The C library's names: a path with its end, for which there is no room.
 *
 * Build: LIBC_HEAP
 * Expected: heap-overflow by task 'fs'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 * Says: with malloc
 */
#include <rtthread.h>
#include <stdlib.h>

static char *join(const char *directory, const char *file)
{
    char *path = malloc(rt_strlen(directory) + rt_strlen(file)); /* TAKEN */
    char *at = path;

    while (*directory != '\0')
        *at++ = *directory++;
    while (*file != '\0')
        *at++ = *file++;
    *at = '\0'; /* MISTAKE */
    return path;
}

static void list(void *parameter)
{
    free(join("/sd/", "readme.txt"));
}

int main(void)
{
    rt_thread_startup(rt_thread_create("fs", list, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
