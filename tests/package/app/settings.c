/* A small FreeRTOS application as somebody else would write it. */
#include <FreeRTOS.h>
#include <task.h>

#include <stdio.h>

int main(void)
{
    char *text = pvPortMalloc(32);

    if (text == NULL)
        return 1;
    snprintf(text, 32, "free: %u", (unsigned)xPortGetFreeHeapSize());
    puts(text);
    vPortFree(text);
    return 0;
}
