/*
 * What printing costs. libc is not instrumented, so a task that prints in a loop would let almost
 * no virtual time pass. The linker's --wrap sends an application's calls of these functions here:
 * each takes as long as formatting a line takes a microcontroller, before libc is entered, and is a
 * safepoint. A thread is never parked inside libc.
 */
#include <stdarg.h>
#include <stdio.h>

#include "../kernel/port.h"
#include "engine.h"
#include "steer.h"

enum { PRINT_NS = 20000 };

int __wrap_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int __wrap_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
int __wrap_puts(const char *text);
int __wrap_putchar(int character);

int __real_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
int __real_puts(const char *text);
int __real_putchar(int character);

static void charge(int64_t nanoseconds)
{
    if (steer_is_on && engine_runs_caller())
        engine_spend((uint64_t)nanoseconds); /* points are counted there, and this is one */
    else if (engine_runs_caller())
        engine_cost(nanoseconds);
}

/* An ISR may have interrupted stdio itself: what it prints goes past it, as rt_kprintf does. */
static int print_past_stdio(const char *format, va_list args)
{
    char line[256];
    const int length = vsnprintf(line, sizeof line, format, args);

    if (length > 0)
        port_console_write(line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
    return length;
}

int __wrap_vprintf(const char *format, va_list args)
{
    charge(PRINT_NS);
    return engine_in_handler() ? print_past_stdio(format, args) : __real_vprintf(format, args);
}

int __wrap_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = __wrap_vprintf(format, args);
    va_end(args);
    return length;
}

int __wrap_puts(const char *text)
{
    charge(PRINT_NS);
    if (engine_in_handler())
        return __wrap_printf("%s\n", text);
    return __real_puts(text);
}

int __wrap_putchar(int character)
{
    charge(PRINT_NS / 20);
    if (engine_in_handler())
        return __wrap_printf("%c", character) == 1 ? (unsigned char)character : EOF;
    return __real_putchar(character);
}
