/* For gdb.sh: the figures of a heap. */
#include <FreeRTOS.h>
#include <task.h>

#include <stdio.h>

static void *kept;

__attribute__((noinline)) static void stop_here(void)
{
    __asm__ volatile("" ::: "memory");
}

int main(void)
{
    void *gone;

    kept = pvPortMalloc(100);
    gone = pvPortMalloc(300);
    (void)pvPortMalloc(7);
    vPortFree(gone);
    printf("heap '*': free %zu, at least %zu\n", xPortGetFreeHeapSize(),
           xPortGetMinimumEverFreeHeapSize());
    fflush(stdout);
    stop_here();
    return 0;
}
