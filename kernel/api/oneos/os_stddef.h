/* OneOS's general macros, by their upstream names. */
#ifndef __OS_STDDEF_H__
#define __OS_STDDEF_H__

#include "os_types.h"

#define OS_ALIGN_UP(size, align)   (((size) + (align)-1) & ~((align)-1))
#define OS_ALIGN_DOWN(size, align) ((size) & ~((align)-1))
#define OS_ARRAY_SIZE(array)       (sizeof(array) / sizeof((array)[0]))
#define OS_UNREFERENCE(x)          ((void)(x))

#define os_offsetof(type, member)          offsetof(type, member)
#define os_container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
