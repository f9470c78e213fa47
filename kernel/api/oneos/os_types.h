/* OneOS's types, by their upstream names. */
#ifndef __OS_TYPES_H__
#define __OS_TYPES_H__

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "oneos_config.h"

typedef int8_t os_int8_t;
typedef int16_t os_int16_t;
typedef int32_t os_int32_t;
typedef int64_t os_int64_t;
typedef uint8_t os_uint8_t;
typedef uint16_t os_uint16_t;
typedef uint32_t os_uint32_t;
typedef uint64_t os_uint64_t;
typedef signed int os_bool_t;
typedef long os_base_t; /* as wide as a pointer: 32 bits on the board and in the preset ilp32 */
typedef unsigned long os_ubase_t;
typedef os_int32_t os_err_t;
typedef os_ubase_t os_tick_t;
typedef os_ubase_t os_size_t;
typedef os_base_t os_off_t;

#define OS_TRUE  1
#define OS_FALSE 0
#define OS_NULL  ((void *)0)

#define OS_WAIT_FOREVER ((os_tick_t)-1)
#define OS_NO_WAIT      ((os_tick_t)0)

#define OS_ALIGN_SIZE sizeof(os_base_t)

#endif
