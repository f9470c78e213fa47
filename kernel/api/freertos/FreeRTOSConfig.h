/*
 * The configuration of an application that brings none. One of its own, which FreeRTOS.h finds
 * first in the application's include directories, replaces this file as a whole.
 */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configUSE_PREEMPTION         1
#define configTICK_RATE_HZ           1000
#define configUSE_MALLOC_FAILED_HOOK 1 /* called if the application defines it */

#define configASSERT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            vPortAssertFailed(#condition, __func__, __LINE__);                                     \
    } while (0)

#endif
