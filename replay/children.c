#define _GNU_SOURCE
#include "children.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../sim/diagnose.h"
#include "../sim/options.h"

unsigned children_at_once(void)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    return cpus > 0 ? (unsigned)cpus : 1;
}

pid_t start_child(void)
{
    fflush(stdout);
    const pid_t child = fork();

    if (child < 0)
        sim_bad_usage("no process can be started");
    return child;
}

void join_child(void)
{
    int status;

    if (wait(&status) < 0 || !WIFEXITED(status))
        exit(EXIT_INTERNAL);
    if (WEXITSTATUS(status) != EXIT_PASSED)
        exit(WEXITSTATUS(status));
}

void *share(size_t size)
{
    void *const memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        sim_bad_usage("out of memory for the results");
    return memory;
}

void unshare(void *memory, size_t size)
{
    munmap(memory, size);
}
