/*
 * What the processor or the stack's limit refuses: one mistake for each name that it is called
 * with, and correct programs of the same shapes. Built twice: with every access a point, and with
 * none (PREEMPT none), where only the processor sees them.
 */
#include <rthw.h>
#include <rtthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heapsim.h"

#define APART __attribute__((noinline))

static volatile int sum;
static const char constants[8] = "fixed";
static const char *volatile no_text;
static char *volatile no_bytes;
static volatile uintptr_t wild = 0x90000000u;
static rt_mq_t queue;

struct record {
    char before[200];
    volatile int field;
};

static APART void null_write(void)
{
    struct record *volatile record = NULL;

    record->field = 1;
}

static APART void null_after_failure(void)
{
    struct record *const record = rt_malloc(1u << 28);

    record->field = 1;
}

static APART void null_text(void)
{
    sum = (int)strlen(no_text);
}

static APART void null_copy(void)
{
    rt_memcpy(no_bytes, "abc", 3);
}

static APART void null_message(void)
{
    rt_mq_send(queue, no_bytes, 4);
}

static APART void null_call(void)
{
    void (*volatile nothing)(void) = NULL;

    nothing();
    sum++;
}

static APART void write_constant(void)
{
    char *volatile text = (char *)(uintptr_t)constants;

    text[0] = 'F';
}

static APART void write_code(void)
{
    *(volatile unsigned char *)(uintptr_t)write_constant = 0;
}

static APART void wild_write(void)
{
    *(volatile int *)wild = 1;
}

static APART void before_ram(void)
{
    *(volatile int *)(uintptr_t)0x1ffffff0u = 1;
}

static APART void no_address(void)
{
    *(volatile int *)(uintptr_t)(UINTPTR_MAX / 16 * 10) = 1;
}

static APART int descend(int depth)
{
    volatile char local[256];

    local[depth & 255] = (char)depth; /* where is not known to the compiler: it keeps all of it */
    return (depth > 0 ? descend(depth - 1) : 0) + local[depth & 255];
}

static APART void recursion(void)
{
    sum = descend(1 << 30);
}

static APART void large_local(void)
{
    volatile char local[300 * 1024 * (sizeof(void *) / 4)];

    for (size_t i = sizeof local; i-- > 0;)
        local[i] = 1;
    sum = local[7];
}

static APART void deep(void)
{
    sum = descend(20);
}

/* It waits there for ever. */
static APART int sink(int depth)
{
    volatile char local[256];

    local[depth & 255] = (char)depth;
    if (depth == 0)
        rt_thread_suspend(rt_thread_self());
    rt_schedule();
    return (depth > 0 ? sink(depth - 1) : 0) + local[depth & 255];
}

static APART void deep_wait(void)
{
    sum = sink(20);
}

/* The allocator of the C library faults while it holds its lock. */
static APART void in_malloc(void)
{
    volatile uintptr_t *volatile block = malloc(3000);
    void *volatile behind = malloc(2000);

    free((void *)(uintptr_t)block);
    block[0] = block[1] = wild;
    block = malloc(5000);
    free(behind);
}

static APART void in_printf(void)
{
    printf("%s\n", (const char *)wild);
}

static APART void nothing_wrong(void)
{
    char bytes[8];

    sum = (int)strlen("fixed");
    rt_memcpy(bytes, "abc", 3);
    rt_mq_send(queue, bytes, 4);
    sum += constants[0];
}

static void isr(int line, void *argument)
{
    (void)line;
    (void)argument;
    null_write();
}

static APART void in_isr(void)
{
    rt_hw_interrupt_install(3, isr, NULL, "device");
    rt_hw_interrupt_umask(3);
    sim_raise(3);
    sim_spend(10);
}

static const struct {
    const char *name;
    void (*run)(void);
} mistakes[] = {{"null_write", null_write},
                {"null_after_failure", null_after_failure},
                {"null_text", null_text},
                {"null_copy", null_copy},
                {"null_message", null_message},
                {"null_call", null_call},
                {"write_constant", write_constant},
                {"write_code", write_code},
                {"wild_write", wild_write},
                {"before_ram", before_ram},
                {"no_address", no_address},
                {"recursion", recursion},
                {"large_local", large_local},
                {"deep", deep},
                {"deep_wait", deep_wait},
                {"in_malloc", in_malloc},
                {"in_printf", in_printf},
                {"fine", nothing_wrong},
                {"in_isr", in_isr}};

static void worker(void *name)
{
    for (unsigned i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        if (strcmp(name, mistakes[i].name) == 0)
            mistakes[i].run();
}

/* NAME [STACK]: a worker with so many bytes of stack; with STACK 0 it is main itself. */
int main(int argc, char **argv)
{
    const rt_uint32_t stack = argc > 2 ? (rt_uint32_t)strtoul(argv[2], NULL, 0) : 2048;
    rt_thread_t task;

    if (argc < 2)
        return 1;
    queue = rt_mq_create("queue", 16, 4, RT_IPC_FLAG_FIFO);
    printf("begins\n");
    if (stack == 0) {
        worker(argv[1]);
        return 0;
    }
    task = rt_thread_create("worker", worker, argv[1], stack, 10, 10);
    if (task == NULL)
        return 1;
    rt_thread_startup(task);
    rt_thread_mdelay(50);
    printf("ended %d\n", sum > 0);
    return 0;
}
