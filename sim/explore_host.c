#define _GNU_SOURCE
#include "explore_host.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sanitizers.h"

enum { FILES_MAX = 1024, MAPPED_AT_ONCE = 1 << 20 };

struct piece {
    uintptr_t begin, end;
};

/* The mapping that it lies in. The C library's heap can't grow from the program's end (arena.c). */
static struct piece mapping_of(const void *address)
{
    FILE *const maps = fopen("/proc/self/maps", "r");
    const unsigned long at = (unsigned long)(uintptr_t)address;
    struct piece piece = {0, 0};
    unsigned long begin, end;
    char line[512];

    while (maps != NULL && piece.end == 0 && fgets(line, sizeof line, maps) != NULL)
        if (sscanf(line, "%lx-%lx", &begin, &end) == 2 && at >= begin && at < end)
            piece = (struct piece){begin, end};
    if (maps != NULL)
        fclose(maps);
    return piece;
}

/* Of what is in its first mapping; more than that are large blocks, which are counted. */
static uint64_t heap_hash(void)
{
    static struct piece heap;
    uint64_t hash = 14695981039346656037u;

    if (WITH_ASAN || WITH_TSAN) /* theirs lies elsewhere; with one, each run is a process anyway */
        return 0;
    if (heap.end == 0) { /* once: to look changes it */
        void *const block = malloc(1);

        heap = mapping_of(block);
        free(block);
        if (heap.end - heap.begin > MAPPED_AT_ONCE) /* above it another one's may lie */
            heap.end = heap.begin + MAPPED_AT_ONCE;
    }
    for (uintptr_t at = heap.begin; at < heap.end; at += sizeof(uint64_t))
        hash = (hash ^ *(const uint64_t *)at) * 1099511628211u;
    return hash;
}

struct host_state host_state(void)
{
    const uint64_t heap = heap_hash();
    const struct mallinfo2 info = mallinfo2();
    struct host_state state = {.allocated = info.uordblks + info.hblkhd, .heap = heap};

    for (int file = 0; file < FILES_MAX; file++)
        state.files += fcntl(file, F_GETFD) >= 0;
    return state;
}

const char *host_leftover(const struct host_state *before, const struct host_state *after)
{
    if (after->allocated != before->allocated)
        return "it leaves blocks in the C library's heap";
    if (after->heap != before->heap)
        return "it changes blocks in the C library's heap";
    if (after->files != before->files)
        return "it leaves files open";
    return NULL;
}
