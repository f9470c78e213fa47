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
 * exit; nests. The exit takes what became pending. Any context but an ISR.
 */
void vPortEnterCritical(void);
void vPortExitCritical(void);

/* The same without nesting. Any context. */
void vPortDisableInterrupts(void);
void vPortEnableInterrupts(void);

#define portENTER_CRITICAL()     vPortEnterCritical()
#define portEXIT_CRITICAL()      vPortExitCritical()
#define portDISABLE_INTERRUPTS() vPortDisableInterrupts()
#define portENABLE_INTERRUPTS()  vPortEnableInterrupts()

/* What the standard configASSERT calls: a failed assertion is a misuse, see --on-violation. */
void vPortAssertFailed(const char *condition, const char *function, unsigned long line);

#ifdef __cplusplus
}
#endif

#endif
