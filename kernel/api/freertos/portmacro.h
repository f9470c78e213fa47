/*
 * The port: types of a 32-bit target, and interrupts. BaseType_t is as wide as a pointer: 32 bits
 * on the board and in the preset ilp32.
 */
#ifndef PORTMACRO_H
#define PORTMACRO_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t StackType_t;
typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;

#define portCHAR           char
#define portMAX_DELAY      ((TickType_t)0xffffffffu)
#define portTICK_PERIOD_MS ((TickType_t)1000 / configTICK_RATE_HZ)
#define portSTACK_GROWTH   (-1)
#ifndef portBYTE_ALIGNMENT
#define portBYTE_ALIGNMENT 8
#endif

/*
 * Interrupts off on this core, and on several cores the kernel's lock taken, up to the matching
 * exit; nests. The exit takes what became pending. Any context but an ISR: misuse, and nothing
 * happens. Where FreeRTOSConfig.h has configMAX_SYSCALL_INTERRUPT_PRIORITY (1 to 255, a lower
 * number is more urgent), lines that are more urgent stay on; they may make no call.
 */
void vPortEnterCritical(void);
void vPortExitCritical(void);

/*
 * The same in an ISR, or a task: returns what the exit takes back. From an ISR that is more urgent
 * than configMAX_SYSCALL_INTERRUPT_PRIORITY a misuse: 0, and nothing happens.
 */
unsigned long ulPortEnterCriticalFromISR(void);
void vPortExitCriticalFromISR(unsigned long saved);

/* The same without nesting. Any context. */
void vPortDisableInterrupts(void);
void vPortEnableInterrupts(void);

#define portENTER_CRITICAL()                     vPortEnterCritical()
#define portEXIT_CRITICAL()                      vPortExitCritical()
#define portDISABLE_INTERRUPTS()                 vPortDisableInterrupts()
#define portSET_INTERRUPT_MASK_FROM_ISR()        ulPortEnterCriticalFromISR()
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(saved) vPortExitCriticalFromISR(saved)
#define portENABLE_INTERRUPTS()                  vPortEnableInterrupts()

/* What the standard configASSERT calls: a failed assertion is a misuse, see --on-violation. */
void vPortAssertFailed(const char *condition, const char *function, unsigned long line);

#ifdef __cplusplus
}
#endif

#endif
