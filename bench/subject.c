#define _GNU_SOURCE
#include "subject.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../sim/arena.h"
#include "../sim/spec.h"

/* slab takes 32 KiB zones, one for each size: the smaller regions hold too few of them. */
enum { REGION_BASE = 0x20000000, SLAB_REGION_LEAST = 1 << 20 };

void subject_null(struct subject *s)
{
    *s = (struct subject){.name = "null driver", .driver = DRIVE_NULL};
}

void subject_list(struct subject *s)
{
    *s = (struct subject){.name = "free list (the limit)", .driver = DRIVE_LIST};
}

bool subject_heap(struct subject *s, const char *spec, bool front, char *why)
{
    *s = (struct subject){.driver = front ? DRIVE_FRONT : DRIVE_DIRECT};
    if (!spec_heap(spec, &s->config, why))
        return false;
    snprintf(s->name, sizeof s->name, "%.*s", SUBJECT_NAME_MAX - 1, spec);
    s->block_size_given = strstr(spec, "block_size=") != NULL;
    if (!(s->config.ops->capabilities & HEAP_CAN_FREE))
        s->absent = "it has no free";
    return true;
}

/* --- the machine's allocators --- */

static const struct {
    const char *name;
    const char *library; /* NULL: the C library, which is here already */
    const char *prefix;
} hosts[HOST_ALLOCATORS] = {{"glibc", NULL, ""},
                            {"mimalloc", "libmimalloc.so.2", "mi_"},
                            {"jemalloc", "libjemalloc.so.2", ""}};

const char *subject_host_name(unsigned index)
{
    return hosts[index].name;
}

/* dlsym gives an object pointer; POSIX says that it may be copied into a function pointer. */
static bool find_function(void *library, const char *prefix, const char *name, void *function)
{
    char symbol[40];

    snprintf(symbol, sizeof symbol, "%s%s", prefix, name);
    void *const found = dlsym(library, symbol);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

void subject_host(struct subject *s, unsigned index)
{
    *s = (struct subject){.driver = DRIVE_HOST};
    snprintf(s->name, sizeof s->name, "%s", hosts[index].name);
    if (hosts[index].library == NULL) {
        s->host = (struct host_allocator){malloc, free, calloc, aligned_alloc, realloc};
        return;
    }
    /* Local: its malloc does not take the place of the C library's. Never closed. */
    void *const library = dlopen(hosts[index].library, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        s->absent = sizeof(void *) == 4 ? "not here for 32-bit programs"
                                        : "not installed (./dev bench installs it)";
    else if (!find_function(library, hosts[index].prefix, "malloc", &s->host.alloc) ||
             !find_function(library, hosts[index].prefix, "free", &s->host.free) ||
             !find_function(library, hosts[index].prefix, "calloc", &s->host.cleared) ||
             !find_function(library, hosts[index].prefix, "aligned_alloc", &s->host.aligned) ||
             !find_function(library, hosts[index].prefix, "realloc", &s->host.resize))
        s->absent = "its library lacks some of the calls";
}

/* True if a library is here but could not be loaded for want of room for its thread variables. */
static bool lacks_room(void)
{
    for (unsigned i = 0; i < HOST_ALLOCATORS; i++) {
        if (hosts[i].library == NULL || dlopen(hosts[i].library, RTLD_NOW | RTLD_LOCAL) != NULL)
            continue;
        const char *const why = dlerror();
        if (why != NULL && strstr(why, "TLS") != NULL)
            return true;
    }
    return false;
}

void subject_make_room(char **argv)
{
    static const char variable[] = "GLIBC_TUNABLES";
    static const char room[] = "glibc.rtld.optional_static_tls=16384";
    const char *const old = getenv(variable);
    char value[512];

    if (!lacks_room() || (old != NULL && strstr(old, "optional_static_tls") != NULL))
        return;
    snprintf(value, sizeof value, "%s%s%.400s", room, old != NULL ? ":" : "",
             old != NULL ? old : "");
    setenv(variable, value, 1);
    execv("/proc/self/exe", argv); /* on failure the library stays absent, and is said to be */
}

/* --- regions --- */

tsize_t subject_region(const struct subject *s, const struct workload *w)
{
    const bool slab = strcmp(s->config.ops->name, "rt-slab") == 0;

    return slab && w->region_bytes < SLAB_REGION_LEAST ? SLAB_REGION_LEAST : w->region_bytes;
}

bool subject_fills_region(const struct subject *s)
{
    return strcmp(s->config.ops->name, "freertos-heap-3") != 0; /* the C library's malloc */
}

const char *subject_refusal(const struct subject *s, const struct workload *w)
{
    if (s->absent != NULL)
        return s->absent;
    if (s->driver == DRIVE_LIST && !w->plain)
        return "it has no realloc, and its blocks are of one size";
    return NULL;
}

static const char *begin_list(const struct workload *w)
{
    const size_t size = (size_t)w->slots * (w->largest + 16);
    void *const memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return "out of memory";
    list_init(memory, size, w->largest);
    return NULL;
}

static const char *begin_heap(const struct subject *s, const struct workload *w)
{
    const struct heap_region region = {REGION_BASE, subject_region(s, w), 0};
    struct heap_config config = s->config;
    const int block_size = heap_option_index(config.ops, "block_size");
    static char why[ARENA_WHY_MAX];

    if (bench_heap.ops != NULL)
        heap_detach(&bench_heap);
    arena_unmap_all();
    if (!arena_map("ram", region.begin, region.size, why))
        return why;
    if (block_size >= 0 && !s->block_size_given)
        config.option[block_size] = w->largest;
    return heap_init(&bench_heap, &config, "bench", &region, 1, 0, HEAP_CALL("bench"));
}

const char *subject_begin(const struct subject *s, const struct workload *w)
{
    switch (s->driver) {
    case DRIVE_NULL:
        return NULL;
    case DRIVE_LIST:
        return begin_list(w);
    case DRIVE_HOST:
        bench_host = s->host;
        return NULL;
    case DRIVE_DIRECT:
    case DRIVE_FRONT:
        return begin_heap(s, w);
    }
    return NULL;
}
