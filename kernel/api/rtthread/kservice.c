/* RT-Thread's console output and assertions. */
#include "rtthread.h"

#include "../../kernel.h"
#include "../../port.h"
#include "../common.h"

int rt_vsnprintf(char *text, rt_size_t size, const char *format, va_list args)
{
    return port_format(text, size, format, args);
}

int rt_snprintf(char *text, rt_size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = rt_vsnprintf(text, size, format, args);
    va_end(args);
    return length;
}

int rt_vsprintf(char *text, const char *format, va_list args)
{
    return rt_vsnprintf(text, INT32_MAX, format, args);
}

int rt_sprintf(char *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = rt_vsprintf(text, format, args);
    va_end(args);
    return length;
}

int rt_kprintf(const char *format, ...)
{
    char text[RT_CONSOLEBUF_SIZE];
    va_list args;

    va_start(args, format);
    const int length = api_print(text, sizeof text, format, args);
    va_end(args);
    return length;
}

void rt_kputs(const char *text)
{
    if (text != NULL)
        port_console_write(text, strlen(text));
}

void rt_assert_set_hook(void (*hook)(const char *condition, const char *function, rt_size_t line))
{
    kernel.rtthread.assert_hook = hook;
}

void rt_assert_handler(const char *condition, const char *function, rt_size_t line)
{
    char text[200];
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_ASSERTION,
                                        .call = function,
                                        .site = __builtin_return_address(0),
                                        .text = text};

    if (kernel.rtthread.assert_hook != NULL) {
        kernel.rtthread.assert_hook(condition, function, line);
        return;
    }
    rt_snprintf(text, sizeof text, "(%s) does not hold in %s, line %lu", condition, function, line);
    port_diagnosis(&diagnosis);
}
