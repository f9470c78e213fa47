/*
 * One mistake of each kind that heapsim names, the first argument says which: what
 * docs/diagnoses.md shows. Those of `vendor` are made in code that is not instrumented.
 */
#include <rthw.h>
#include <rtthread.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heapsim.h"
#include "vendor.h"

#define ADC_LINE 3

static char settings[32];
static rt_uint8_t blocks[256];
static struct rt_mempool pool;
static struct rt_memheap own_heap;
static rt_uint64_t own_memory[128];
static struct rt_mutex left, right;
static volatile char sink;
static int samples;
static char *line;

static void size_overflow(void)
{
    line = rt_malloc(0xffffffff);
}

static void foreign_pointer(void)
{
    rt_free(settings);
}

static void interior_pointer(void)
{
    line = rt_malloc(24);
    rt_free(line + 4);
}

static void double_free(void)
{
    line = rt_malloc(24);
    rt_free(line);
    rt_free(line);
}

static void freed_realloc(void)
{
    line = rt_malloc(24);
    rt_free(line);
    line = rt_realloc(line, 80);
}

static void wrong_heap(void)
{
    rt_mp_init(&pool, "frames", blocks, sizeof blocks, 60);
    rt_free(rt_mp_alloc(&pool, 0));
}

static void heap_overflow(void)
{
    int i;

    line = rt_malloc(24);
    for (i = 0; i <= 24; i++)
        line[i] = 'x';
}

static void heap_underflow(void)
{
    line = rt_malloc(24);
    line[-1] = 'x';
}

static void use_after_free(void)
{
    line = rt_malloc(24);
    rt_free(line);
    sink = line[3];
}

static void wild_access(void)
{
    line = rt_malloc(24);
    line[100000] = 'x';
}

static void null_access(void)
{
    line = rt_malloc(1 << 30);
    line[0] = 'x';
}

static void leak(void)
{
    line = rt_malloc(24);
    line = RT_NULL;
}

static int deeper(int level)
{
    volatile char room[512];

    room[level % 512] = (char)level;
    return deeper(level + 1) + room[0];
}

static void stack_overflow(void)
{
    sink = (char)deeper(0);
}

static void stack_estimate(void)
{
    char page[6000];

    memset(page, 'x', sizeof page);
    sink = page[100];
    rt_thread_mdelay(1);
}

static void bad_alignment(void)
{
    line = rt_malloc_align(24, 0);
}

static void bad_region(void)
{
    rt_memheap_init(&own_heap, "own", own_memory, 16);
}

static void heap_corrupt(void)
{
    char *const name = rt_malloc(24);
    char *const text = rt_malloc(24);

    vendor_fill(name, 0, 40);
    rt_free(text);
}

static void unaligned_heap(void)
{
    rt_memheap_init(&own_heap, "own", (char *)own_memory + 2, 1000);
}

static void on_adc(int vector, void *parameter)
{
    line = rt_malloc(24);
}

static void bad_context(void)
{
    rt_hw_interrupt_install(ADC_LINE, on_adc, RT_NULL, "adc");
    rt_hw_interrupt_umask(ADC_LINE);
    sim_raise(ADC_LINE);
    sim_safepoint();
}

static void bad_object(void)
{
    rt_thread_startup(rt_thread_self());
}

static void assertion(void)
{
    RT_ASSERT(samples > 0);
}

static void unsupported(void)
{
    line = rt_page_alloc(1);
}

static void restart(int vector, void *parameter)
{
    samples = 0;
}

static void race(void)
{
    rt_hw_interrupt_install(ADC_LINE, restart, RT_NULL, "adc");
    rt_hw_interrupt_umask(ADC_LINE);
    sim_device(ADC_LINE, 100, 0, 0, 1);
    samples++;
    rt_thread_mdelay(1);
}

static void takes_back(void *parameter)
{
    rt_mutex_take(&right, RT_WAITING_FOREVER);
    rt_thread_mdelay(1);
    rt_mutex_take(&left, RT_WAITING_FOREVER);
}

static void deadlock(void)
{
    rt_mutex_init(&left, "left", RT_IPC_FLAG_PRIO);
    rt_mutex_init(&right, "right", RT_IPC_FLAG_PRIO);
    rt_thread_startup(rt_thread_create("back", takes_back, RT_NULL, 1024, 10, 10));
    rt_mutex_take(&left, RT_WAITING_FOREVER);
    rt_thread_mdelay(1);
    rt_mutex_take(&right, RT_WAITING_FOREVER);
}

static void stuck(void)
{
    vendor_compute(3);
}

/* --- ends that are no diagnosis --- */

static void passes(void)
{
    rt_free(rt_malloc(24));
}

static void aborts(void)
{
    abort();
}

static void exits(void)
{
    exit(7);
}

static void faults(void)
{
    vendor_fill((char *)(unsigned long)0x50000000, 0, 1);
}

static void waits(void)
{
    for (;;) {
        rt_free(rt_malloc(24));
        rt_thread_mdelay(1);
        usleep(100);
    }
}

static void leaves(void)
{
    _exit(9);
}

static const struct mistake {
    const char *name;
    void (*make)(void);
} mistakes[] = {{"size-overflow", size_overflow},
                {"foreign-pointer", foreign_pointer},
                {"interior-pointer", interior_pointer},
                {"double-free", double_free},
                {"freed-realloc", freed_realloc},
                {"wrong-heap", wrong_heap},
                {"heap-overflow", heap_overflow},
                {"heap-underflow", heap_underflow},
                {"use-after-free", use_after_free},
                {"wild-access", wild_access},
                {"null-access", null_access},
                {"leak", leak},
                {"stack-overflow", stack_overflow},
                {"stack-estimate", stack_estimate},
                {"bad-alignment", bad_alignment},
                {"bad-region", bad_region},
                {"heap-corrupt", heap_corrupt},
                {"unaligned-heap", unaligned_heap},
                {"bad-context", bad_context},
                {"bad-object", bad_object},
                {"assertion", assertion},
                {"unsupported", unsupported},
                {"race", race},
                {"deadlock", deadlock},
                {"stuck", stuck},
                {"passes", passes},
                {"aborts", aborts},
                {"exits", exits},
                {"faults", faults},
                {"waits", waits},
                {"leaves", leaves}};

static void work(void *parameter)
{
    const struct mistake *const mistake = parameter;

    mistake->make();
}

int main(int argc, char **argv)
{
    unsigned i;

    for (i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        if (argc < 2 || strcmp(argv[1], mistakes[i].name) != 0)
            continue;
        rt_thread_startup(rt_thread_create("worker", work, (void *)&mistakes[i], 4096, 12, 10));
        if (strcmp(argv[1], "deadlock") != 0)
            rt_thread_mdelay(argc > 2 ? atoi(argv[2]) : 50);
        return 0;
    }
    return 1;
}
