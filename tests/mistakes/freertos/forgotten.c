/*
 * A name is replaced, and the old one is not freed.
 *
 * Expected: leak
 * Run: --leaks --heap freertos-heap-4
 * Run: --leaks --heap freertos-heap-2
 */
#include <FreeRTOS.h>
#include <string.h>

static char *name;

static void set_name(const char *to)
{
    name = pvPortMalloc(16); /* TAKEN */
    memset(name, 0, 16);
    memcpy(name, to, strlen(to));
}

int main(void)
{
    set_name("first");
    set_name("second");
    vPortFree(name);
    return 0;
}
