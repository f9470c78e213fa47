/*
 * Room for a label without the zero at its end: strcpy writes that, too.
 *
 * Expected: heap-overflow by task 'menu'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

static const char *const labels[] = {"open", "settings", "about this device"};

static void menu(void *parameter)
{
    unsigned i;

    for (i = 0; i < 3; i++) {
        char *label = rt_malloc(16); /* TAKEN */

        strcpy(label, labels[i]); /* MISTAKE */
        rt_kprintf("%s\n", label);
        rt_free(label);
    }
}

int main(void)
{
    rt_thread_startup(rt_thread_create("menu", menu, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
