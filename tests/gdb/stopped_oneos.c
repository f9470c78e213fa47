/* For gdb.sh: the figures of a heap. */
#include <os_memory.h>

#include <stdio.h>

static void *kept;

__attribute__((noinline)) static void stop_here(void)
{
    __asm__ volatile("" ::: "memory");
}

int main(void)
{
    os_meminfo_t info;
    void *gone;

    kept = os_malloc(100);
    gone = os_malloc(300);
    (void)os_malloc(7);
    os_free(gone);
    os_memory_info(&info);
    printf("heap '*': used %lu, at most %lu, of %lu\n", (unsigned long)info.mem_used,
           (unsigned long)info.mem_maxused, (unsigned long)info.mem_total);
    fflush(stdout);
    stop_here();
    return 0;
}
