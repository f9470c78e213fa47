/*
 * A request with a wrong length is answered, and not freed.
 *
 * Expected: leak
 * Run: --leaks
 * Says: task 'server'
 */
#include <rtthread.h>

static int serve(int length)
{
    char *request = rt_malloc(24); /* TAKEN */

    request[0] = (char)length;
    if (length > 20)
        return -1;
    rt_free(request);
    return 0;
}

static void server(void *parameter)
{
    serve(3);
    serve(30);
    serve(4);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("server", server, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
