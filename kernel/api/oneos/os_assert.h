/* OneOS's assertions: a failed one is a misuse, see --on-violation; the board would stop. */
#ifndef __OS_ASSERT_H__
#define __OS_ASSERT_H__

#include "os_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OS_ASSERT(condition)                                                                       \
    do {                                                                                           \
        if (!(condition))                                                                          \
            os_assert_failed(#condition, __func__, __LINE__);                                      \
    } while (0)

/* The same with a message for the console, as printf. */
#define OS_ASSERT_EX(condition, ...)                                                               \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            os_kprintf(__VA_ARGS__);                                                               \
            os_assert_failed(#condition, __func__, __LINE__);                                      \
        }                                                                                          \
    } while (0)

/* What they call: reports the misuse. Any context. */
void os_assert_failed(const char *condition, const char *function, os_uint32_t line);

void os_kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif

#endif
