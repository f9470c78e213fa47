/* The configuration of grid_freertos: interrupts from priority 80 on may make calls. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configUSE_PREEMPTION                 1
#define configTICK_RATE_HZ                   1000
#define configUSE_MALLOC_FAILED_HOOK         0
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 80

#endif
