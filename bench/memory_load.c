/*
 * What looking for memory mistakes costs (bench/memory.sh): loads that allocate, or that do nothing
 * but access memory. Prints the nanoseconds on the CPU that an allocation and its free, or an
 * access, took.
 */
#include <rtthread.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "heapsim.h"

enum { HELD = 16, WORDS = 4096 };

const struct sim_argument sim_arguments[] = {
    {"load", "allocates|allocates_large|walks_heap|walks_static|copies", "allocates",
     "what is done again and again"},
    {"count", "1..100000000", "1000000", "how often"},
    {0}};

static rt_uint32_t static_words[WORDS];

/* As deep in calls as drivers allocate. */
static __attribute__((noinline)) void *take(rt_size_t size)
{
    return rt_malloc(size);
}

static __attribute__((noinline)) void *take_for(unsigned i, rt_size_t largest)
{
    return take(16 + i * 24 % largest);
}

static void allocates_of(unsigned count, rt_size_t largest)
{
    void *held[HELD] = {0};

    for (unsigned i = 0; i < count; i++) {
        void **const place = &held[i % HELD];

        rt_free(*place);
        *place = take_for(i, largest);
    }
    for (unsigned i = 0; i < HELD; i++)
        rt_free(held[i]);
}

static void allocates(unsigned count)
{
    allocates_of(count, 200);
}

static void allocates_large(unsigned count)
{
    allocates_of(count, 4000);
}

static void walks(rt_uint32_t *words, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        words[i % WORDS] += words[(i - 1) % WORDS];
}

static void walks_heap(unsigned count)
{
    rt_uint32_t *const words = rt_calloc(WORDS, sizeof *words);

    walks(words, count);
    rt_free(words);
}

static void walks_static(unsigned count)
{
    walks(static_words, count);
}

static void copies(unsigned count)
{
    char *const from = rt_calloc(1, 1000);
    char *const to = rt_calloc(1, 1000);

    for (unsigned i = 0; i < count; i++)
        memcpy(to + i % 500, from, 24 + i % 400);
    rt_free(from);
    rt_free(to);
}

static double cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(unsigned);
    } loads[] = {{"allocates", allocates},
                 {"allocates_large", allocates_large},
                 {"walks_heap", walks_heap},
                 {"walks_static", walks_static},
                 {"copies", copies}};
    const unsigned count = sim_argument_number("count");

    for (unsigned i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        if (strcmp(loads[i].name, sim_argument("load")) != 0)
            continue;
        loads[i].run(count / 16);
        const double begin = cpu_ns();
        loads[i].run(count);
        printf("%.1f\n", (cpu_ns() - begin) / count);
    }
    return 0;
}
