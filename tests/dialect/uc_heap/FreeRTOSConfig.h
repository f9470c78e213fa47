/* An application's own, as its project has it. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configTICK_RATE_HZ               250
#define configTOTAL_HEAP_SIZE            ((size_t)(6 * 1024))
#define configAPPLICATION_ALLOCATED_HEAP UC_HEAP_IS_THERE
#define configUSE_MALLOC_FAILED_HOOK     UC_HEAP_HOOKS
#define configHEAP_CLEAR_MEMORY_ON_FREE  1
#define configENABLE_HEAP_PROTECTOR      1
#define portBYTE_ALIGNMENT               4

#endif
