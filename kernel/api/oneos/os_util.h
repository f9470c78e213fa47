/* OneOS's console and formatting. */
#ifndef __OS_UTIL_H__
#define __OS_UTIL_H__

#include "os_stddef.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * printf to the board's console. Text beyond OS_CONSOLE_BUFFER_SIZE - 1 bytes is cut off. Any
 * context. Differs: %-formats are the host's, so floating point works.
 */
void os_kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As snprintf and vsnprintf: returns the length of the whole text. Any context. */
os_int32_t os_snprintf(char *buffer, os_size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
os_int32_t os_vsnprintf(char *buffer, os_size_t size, const char *format, va_list args);

#ifdef __cplusplus
}
#endif

#endif
