/* FreeRTOS's scheduler calls that memory allocation rests on. */
#ifndef INC_TASK_H
#define INC_TASK_H

#include "FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

#define taskENTER_CRITICAL()              portENTER_CRITICAL()
#define taskEXIT_CRITICAL()               portEXIT_CRITICAL()
#define taskDISABLE_INTERRUPTS()          portDISABLE_INTERRUPTS()
#define taskENTER_CRITICAL_FROM_ISR()     portSET_INTERRUPT_MASK_FROM_ISR()
#define taskEXIT_CRITICAL_FROM_ISR(saved) portCLEAR_INTERRUPT_MASK_FROM_ISR(saved)
#define taskENABLE_INTERRUPTS()           portENABLE_INTERRUPTS()

/*
 * From here to the matching xTaskResumeAll no other task takes the core, and on several cores no
 * task of another core gets past this call; interrupts stay on. Nests. In an ISR it is a misuse and
 * does nothing; so it is on several cores in a critical section. Before the scheduler starts there
 * is nothing to suspend. Waits, on several cores, for the core that is ahead.
 */
void vTaskSuspendAll(void);

/*
 * Undoes one vTaskSuspendAll; the last one makes the switch that became due meanwhile. Returns
 * pdTRUE if there was one. Without a vTaskSuspendAll before, or in an ISR, it is a misuse.
 */
BaseType_t xTaskResumeAll(void);

#ifdef __cplusplus
}
#endif

#endif
