/* The same for FreeRTOS, where main runs before there is a task. */
#include <FreeRTOS.h>
#include <heapsim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    char *first;
    int number;
};

static struct pair *held;

static __attribute__((noinline)) void *take(size_t size)
{
    void *const block = pvPortMalloc(size);

    if (block != NULL)
        memset(block, 0, size);
    return block;
}

static __attribute__((noinline)) void leak(int count)
{
    for (int i = 0; i < count; i++)
        take(40);
}

static __attribute__((noinline)) void hold(void)
{
    held = take(sizeof *held);
    held->first = take(24);
    held->first++;
}

const struct sim_argument sim_arguments[] = {
    {"case", "loop|static|lost|check|local|failed|none", "loop", "what leaks"}, {0}};

int main(void)
{
    const char *const name = sim_argument("case");

    if (strcmp(name, "loop") == 0 || strcmp(name, "failed") == 0)
        leak(3);
    if (strcmp(name, "static") == 0 || strcmp(name, "lost") == 0)
        hold();
    if (strcmp(name, "lost") == 0)
        held = NULL;
    if (strcmp(name, "check") == 0) {
        leak(2);
        printf("%u leaked\n", sim_leak_check());
    }
    if (strcmp(name, "local") == 0) {
        char *const block = take(64);

        printf("%u leaked\n", sim_leak_check());
        vPortFree(block);
    }
    if (strcmp(name, "none") == 0)
        vPortFree(take(100));
    return strcmp(name, "failed") == 0;
}
