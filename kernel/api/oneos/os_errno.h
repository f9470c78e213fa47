/* OneOS's error codes: calls return them as they stand here. */
#ifndef __OS_ERRNO_H__
#define __OS_ERRNO_H__

#include "os_types.h"

#define OS_EOK      0
#define OS_ERROR    (-1)
#define OS_ETIMEOUT (-2)
#define OS_EFULL    (-3)
#define OS_EEMPTY   (-4)
#define OS_ENOMEM   (-5)
#define OS_ENOSYS   (-6)
#define OS_EBUSY    (-7)
#define OS_EIO      (-8)
#define OS_EINTR    (-9)
#define OS_EINVAL   (-10)
#define OS_ENODEV   (-11)
#define OS_EPERM    (-12)

#endif
