/*
 * A local array is larger than the stack that the task declares.
 *
 * Expected: stack-estimate by task 'report'
 */
#include <rtthread.h>
#include <string.h>

static int length;

static void report(void *parameter)
{
    char text[3000];

    memset(text, ' ', sizeof text);
    text[sizeof text - 1] = '\0';
    length = (int)rt_strlen(text);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("report", report, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return length == 2999 ? 0 : 1;
}
