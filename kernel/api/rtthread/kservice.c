/* RT-Thread's console output and assertions. */
#include "rtthread.h"

#include "../../kernel.h"
#include "../../port.h"
#include "../common.h"

static int format_into(char *text, rt_size_t size, const char *format, va_list args,
                       struct heap_call call)
{
    port_touch_format(text, size, format, args, &call);
    return port_format(text, size, format, args);
}

int rt_vsnprintf(char *text, rt_size_t size, const char *format, va_list args)
{
    return format_into(text, size, format, args, HEAP_CALL("rt_vsnprintf"));
}

int rt_snprintf(char *text, rt_size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = format_into(text, size, format, args, HEAP_CALL("rt_snprintf"));
    va_end(args);
    return length;
}

int rt_vsprintf(char *text, const char *format, va_list args)
{
    return format_into(text, INT32_MAX, format, args, HEAP_CALL("rt_vsprintf"));
}

int rt_sprintf(char *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = format_into(text, INT32_MAX, format, args, HEAP_CALL("rt_sprintf"));
    va_end(args);
    return length;
}

int rt_kprintf(const char *format, ...)
{
    const struct heap_call call = HEAP_CALL("rt_kprintf");
    char text[RT_CONSOLEBUF_SIZE];
    va_list args;

    va_start(args, format);
    port_touch_format(NULL, 0, format, args, &call);
    const int length = api_print(text, sizeof text, format, args);
    va_end(args);
    return length;
}

void rt_kputs(const char *text)
{
    const struct heap_call call = HEAP_CALL("rt_kputs");

    if (text == NULL)
        return;
    port_touch_text(text, &call);
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
