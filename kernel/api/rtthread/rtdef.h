/* Types, constants and macros of RT-Thread 5, by their upstream names and values. */
#ifndef RT_DEF_H__
#define RT_DEF_H__

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "rtconfig.h"

#define RT_VERSION_MAJOR                      5
#define RT_VERSION_MINOR                      2
#define RT_VERSION_PATCH                      0
#define RT_VERSION_CHECK(major, minor, patch) ((major)*10000 + (minor)*100 + (patch))
#define RTTHREAD_VERSION                      RT_VERSION_CHECK(RT_VERSION_MAJOR, RT_VERSION_MINOR, RT_VERSION_PATCH)

typedef int8_t rt_int8_t;
typedef int16_t rt_int16_t;
typedef int32_t rt_int32_t;
typedef int64_t rt_int64_t;
typedef uint8_t rt_uint8_t;
typedef uint16_t rt_uint16_t;
typedef uint32_t rt_uint32_t;
typedef uint64_t rt_uint64_t;
typedef int rt_bool_t;
typedef long rt_base_t; /* as wide as a pointer: 32 bits on the board and in the preset ilp32 */
typedef unsigned long rt_ubase_t;
typedef rt_base_t rt_err_t;
typedef rt_ubase_t rt_size_t;
typedef rt_base_t rt_ssize_t;
typedef rt_base_t rt_off_t;
typedef rt_uint32_t rt_time_t;
typedef rt_uint32_t rt_tick_t;
typedef rt_base_t rt_flag_t;
typedef rt_ubase_t rt_dev_t;

#define RT_TRUE  1
#define RT_FALSE 0
#define RT_NULL  0

#define RT_UINT8_MAX  UINT8_MAX
#define RT_UINT16_MAX UINT16_MAX
#define RT_UINT32_MAX UINT32_MAX
#define RT_TICK_MAX   RT_UINT32_MAX

/* Error codes; calls return them negative, except where a call's text says otherwise. */
#define RT_EOK      0
#define RT_ERROR    1
#define RT_ETIMEOUT 2
#define RT_EFULL    3
#define RT_EEMPTY   4
#define RT_ENOMEM   5
#define RT_ENOSYS   6
#define RT_EBUSY    7
#define RT_EIO      8
#define RT_EINTR    9
#define RT_EINVAL   10
#define RT_ENOENT   11
#define RT_ENOSPC   12
#define RT_EPERM    13
#define RT_ETRAP    14
#define RT_EFAULT   15

#define RT_WAITING_FOREVER (-1)
#define RT_WAITING_NO      0

#define RT_ALIGN(size, align)      (((size) + (align)-1) & ~((align)-1))
#define RT_ALIGN_DOWN(size, align) ((size) & ~((align)-1))
#define RT_UNUSED(x)               ((void)(x))
#define RT_MIN(a, b)               ((a) < (b) ? (a) : (b))
#define RT_MAX(a, b)               ((a) > (b) ? (a) : (b))

#define rt_inline     static __inline
#define rt_used       __attribute__((used))
#define rt_unused     __attribute__((unused))
#define rt_weak       __attribute__((weak))
#define rt_section(x) __attribute__((section(x)))
#define rt_align(n)   __attribute__((aligned(n)))
#define rt_noreturn   __attribute__((noreturn))
#define RT_WEAK       rt_weak
#define ALIGN(n)      rt_align(n)

#define rt_container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Functions without arguments that run at start-up, by level; what they return is ignored. */
typedef int (*init_fn_t)(void);
#define INIT_EXPORT(fn, level)                                                                     \
    rt_used static const init_fn_t __rt_init_##fn rt_section("rti_fn_" level) = fn
#define INIT_BOARD_EXPORT(fn)     INIT_EXPORT(fn, "1") /* before the scheduler: no thread yet */
#define INIT_PREV_EXPORT(fn)      INIT_EXPORT(fn, "2") /* these in the main thread, before main */
#define INIT_DEVICE_EXPORT(fn)    INIT_EXPORT(fn, "3")
#define INIT_COMPONENT_EXPORT(fn) INIT_EXPORT(fn, "4")
#define INIT_ENV_EXPORT(fn)       INIT_EXPORT(fn, "5")
#define INIT_APP_EXPORT(fn)       INIT_EXPORT(fn, "6")

/* Asserts as RT_USING_DEBUG does: a failed one is a misuse, see --on-violation. */
#define RT_ASSERT(condition)                                                                       \
    do {                                                                                           \
        if (!(condition))                                                                          \
            rt_assert_handler(#condition, __func__, __LINE__);                                     \
    } while (0)

void rt_assert_handler(const char *condition, const char *function, rt_size_t line);

#endif
