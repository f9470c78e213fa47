/*
 * A name that is a literal when nobody gave another one.
 *
 * Expected: foreign-pointer by task 'main'
 */
#include <rtthread.h>

static const char *name_of(int device)
{
    char *name;

    if (device == 0)
        return "console";
    name = rt_malloc(16);
    rt_snprintf(name, 16, "device %d", device);
    return name;
}

int main(void)
{
    const char *first = name_of(1), *second = name_of(0);

    rt_kprintf("%s %s\n", first, second);
    rt_free((void *)first);
    rt_free((void *)second); /* MISTAKE */
    return 0;
}
