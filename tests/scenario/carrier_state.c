/*
 * What a task finds again when it gets its core back, whatever carries it: errno, the direction in
 * which results are rounded, and its variables, in registers or not.
 */
#include <errno.h>
#include <rtthread.h>
#include <stdio.h>

enum { TASKS = 6, ROUNDS = 200 };

static volatile double one = 1, three = 3;
static int wrong, ended;

#if defined(__x86_64__) || defined(__i386__)
static void round_to(unsigned direction) /* 0: nearest, 1: down, 2: up, 3: towards zero */
{
    unsigned short fpu;
    __asm__ volatile("fnstcw %0" : "=m"(fpu));
    fpu = (unsigned short)((fpu & ~0xc00u) | direction << 10);
    __asm__ volatile("fldcw %0" : : "m"(fpu));
#if defined(__SSE2_MATH__)
    unsigned sse;
    __asm__ volatile("stmxcsr %0" : "=m"(sse));
    sse = (sse & ~0x6000u) | direction << 13;
    __asm__ volatile("ldmxcsr %0" : : "m"(sse));
#endif
}
#else
static void round_to(unsigned direction)
{
    (void)direction;
}
#endif

static double quotient(void)
{
    volatile const double rounded = one / three; /* the i386's registers hold more bits */

    return rounded;
}

static void works(void *parameter)
{
    const unsigned long self = (unsigned long)parameter;
    unsigned long a = self, b = self + 1, c = self + 2, d = self + 3, e = self + 4, f = self + 5;

    round_to(self % 4);
    const double third = quotient();
    errno = 100 + (int)self;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (self % 2 == 0)
            rt_thread_yield();
        else
            rt_thread_delay(1);
        a++, b += 2, c += 3, d += 4, e += 5, f += 6;
        if (quotient() != third || errno != 100 + (int)self)
            wrong++;
    }
    if (a + b + c + d + e + f != 6 * self + 15 + 21 * ROUNDS)
        wrong++;
    round_to(0);
    ended++;
}

int main(void)
{
    for (unsigned long i = 0; i < TASKS; i++)
        rt_thread_startup(rt_thread_create("works", works, (void *)i, 1024, 20, 1));
    rt_thread_delay(10 * ROUNDS);
    printf("%d ended, %d wrong\n", ended, wrong);
    return ended == TASKS && wrong == 0 ? 0 : 1;
}
