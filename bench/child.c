#define _GNU_SOURCE
#include "child.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void child_stay_on_this_cpu(void)
{
    cpu_set_t set;
    const int cpu = sched_getcpu();

    if (cpu < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

void *child_shared_memory(size_t size)
{
    void *const memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

bool child_run(void (*work)(void *argument), void *argument, int *status)
{
    *status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        work(argument);
        _exit(EXIT_SUCCESS);
    }
    return child > 0 && waitpid(child, status, 0) == child && WIFEXITED(*status) &&
           WEXITSTATUS(*status) == EXIT_SUCCESS;
}
