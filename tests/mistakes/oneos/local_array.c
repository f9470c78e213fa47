/*
 * A buffer on the stack is freed.
 *
 * Expected: foreign-pointer by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-small
 * Says: on the stack of task 'main'
 */
#include <os_memory.h>
#include <string.h>

static void send(char *buffer)
{
    buffer[0] = 2;
    os_free(buffer); /* MISTAKE */
}

int main(void)
{
    char buffer[64];

    memset(buffer, 0, sizeof buffer);
    send(buffer);
    return 0;
}
