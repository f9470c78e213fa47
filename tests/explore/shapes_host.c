/*
 * Shapes that use the host: its heap, its files, its random numbers, its signals; that end by other
 * ways than a return, or not at all. RT-Thread, two threads that race.
 */
#include <rthw.h>
#include <rtthread.h>

#include <fcntl.h>
#include <fenv.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#include "shape.h"

static rt_sem_t done;
static volatile rt_uint32_t count;

static void add_one(void)
{
    rt_base_t level = 0;

    if (sim_fixed())
        level = rt_hw_interrupt_disable();
    count = count + 1;
    if (sim_fixed())
        rt_hw_interrupt_enable(level);
}

static void adds(void *unused)
{
    unsigned i;

    for (i = 0; i < 3; i++)
        add_one();
    rt_sem_release(done);
}

/* True if an update was lost. */
static rt_bool_t race(void)
{
    unsigned i;

    count = 0;
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    for (i = 0; i < 2; i++)
        rt_thread_startup(rt_thread_create("adds", adds, RT_NULL, 512, 12, 1));
    for (i = 0; i < 2; i++)
        rt_sem_take(done, RT_WAITING_FOREVER);
    return count != 6;
}

/* --- what a snapshot does not have --- */

static void *volatile kept;

static int keeps_run(void)
{
    kept = malloc(100);
    return race();
}

static int keeps_much_run(void)
{
    kept = malloc(10 << 20);
    memset(kept, 1, 10 << 20);
    return race();
}

static int file_run(void)
{
    static char text[16];
    const int file = open("/proc/self/comm", O_RDONLY);
    const ssize_t got = read(file, text, sizeof text - 1);

    close(file);
    return race() || got <= 0;
}

static int stream_run(void)
{
    static char text[5000];
    FILE *const file = fopen("/proc/self/exe", "r");
    const size_t got = fread(text, 1, sizeof text, file);

    fclose(file);
    return race() || got != sizeof text;
}

static int open_run(void)
{
    return open("/dev/null", O_RDONLY) < 0 || race();
}

/* Each run sees the same numbers. */
static int random_run(void)
{
    const int first = rand();
    const int second = rand();

    return race() || first != 1804289383 || second != 846930886;
}

/* --- what it has --- */

static int prints_run(void)
{
    unsigned i;

    for (i = 0; i < 300; i++)
        printf("line %u of what nobody wants to see while it is explored\n", i);
    return race();
}

static char large[6 << 20];

static int large_run(void)
{
    static unsigned calls;
    unsigned i;

    if (++calls != 1)
        return 9;
    for (i = 0; i < sizeof large; i += 4096)
        if (large[i]++ != 0)
            return 8;
    return race();
}

static double third = 1.0 / 3;

static int floats_run(void)
{
    const int mode = fegetround();
    volatile double sum = 0;
    unsigned i;

    for (i = 0; i < 30; i++)
        sum = sum + third;
    fesetround(FE_UPWARD);
    third = third + 1;
    return race() || mode != FE_TONEAREST || sum < 9.99 || sum > 10.01;
}

static jmp_buf back;

static int jumps_run(void)
{
    volatile unsigned times = 0;

    if (setjmp(back) < 3) {
        times = times + 1;
        longjmp(back, (int)times);
    }
    return race() || times != 3;
}

/* --- other ends --- */

static int crash_run(void)
{
    if (race())
        *(volatile int *)rt_sem_create = 1;
    return 0;
}

static int null_run(void)
{
    if (race())
        *(volatile int *volatile)kept = 1;
    return 0;
}

static int abort_run(void)
{
    if (race())
        abort();
    return 0;
}

static int exit_run(void)
{
    exit(race() ? 1 : 0);
}

static int leave_run(void)
{
    _exit(race() ? 1 : 0);
}

/* Only if an update was lost, and then as if all were well. */
static int leave_well_run(void)
{
    if (race())
        _exit(0);
    return 0;
}

static int endless_run(void)
{
    while (race())
        while (count != 0)
            ;
    return 0;
}

static int fails_run(void)
{
    race();
    return 1;
}

static int crashes_run(void)
{
    *(volatile int *volatile)kept = 1;
    return 0;
}

static int mallocs_late_run(void)
{
    static unsigned runs;

    if (race())
        kept = malloc(1000);
    return ++runs != 1;
}

static const struct shape shapes[] = {{"keeps", keeps_run},     {"keeps_much", keeps_much_run},
                                      {"file", file_run},       {"stream", stream_run},
                                      {"open", open_run},       {"random", random_run},
                                      {"prints", prints_run},   {"large", large_run},
                                      {"floats", floats_run},   {"jumps", jumps_run},
                                      {"crash", crash_run},     {"null", null_run},
                                      {"abort", abort_run},     {"exit", exit_run},
                                      {"leave", leave_run},     {"leave_well", leave_well_run},
                                      {"endless", endless_run}, {"fails", fails_run},
                                      {"crashes", crashes_run}, {"mallocs_late", mallocs_late_run}};

int main(int argc, char **argv)
{
    return run_shape(shapes, sizeof shapes / sizeof shapes[0], argc, argv);
}
