/*
 * The error path frees the request, and so does the common end.
 *
 * Expected: double-free by task 'server'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

static int serve(int command)
{
    int *request = rt_malloc(sizeof *request + 20); /* TAKEN */
    int result = 0;

    *request = command;
    if (*request < 0) {
        result = -1;
        rt_free(request); /* FREED */
    }
    rt_free(request); /* MISTAKE */
    return result;
}

static void server(void *parameter)
{
    serve(1);
    serve(-1);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("server", server, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
