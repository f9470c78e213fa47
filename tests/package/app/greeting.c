/* A small OneOS application as somebody else would write it; its malloc is OneOS's. */
#include <os_errno.h>
#include <os_memory.h>
#include <os_util.h>

#include <stdlib.h>
#include <string.h>

int main(void)
{
    os_meminfo_t before, after;
    char *text;

    os_memory_info(&before);
    text = strdup("hello");
    os_memory_info(&after);
    if (text == OS_NULL || os_memory_check() != OS_EOK)
        return 1;
    os_kprintf("%s, in %lu bytes\n", text, after.mem_used - before.mem_used);
    free(text);
    return 0;
}
