/* OneOS's console, formatting and assertions. */
#include "internal.h"

#include "os_assert.h"
#include "os_util.h"

void os_kprintf(const char *format, ...)
{
    const struct heap_call call = HEAP_CALL("os_kprintf");
    char text[OS_CONSOLE_BUFFER_SIZE];
    va_list args;

    va_start(args, format);
    port_touch_format(NULL, 0, format, args, &call);
    api_print(text, sizeof text, format, args);
    va_end(args);
}

static os_int32_t format_into(char *buffer, os_size_t size, const char *format, va_list args,
                              struct heap_call call)
{
    port_touch_format(buffer, size, format, args, &call);
    return port_format(buffer, size, format, args);
}

os_int32_t os_snprintf(char *buffer, os_size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const os_int32_t length = format_into(buffer, size, format, args, HEAP_CALL("os_snprintf"));
    va_end(args);
    return length;
}

os_int32_t os_vsnprintf(char *buffer, os_size_t size, const char *format, va_list args)
{
    return format_into(buffer, size, format, args, HEAP_CALL("os_vsnprintf"));
}

void os_assert_failed(const char *condition, const char *function, os_uint32_t line)
{
    const struct heap_call call = HEAP_CALL(function);
    char text[200];

    os_snprintf(text, sizeof text, "(%s) does not hold in %s, line %u", condition, function, line);
    api_misuse(call, DIAGNOSIS_ASSERTION, NULL, 0, text);
}
