/* FreeRTOS's calls, each in each context: see grid.h. */
#include <FreeRTOS.h>
#include <task.h>

#include "grid.h"

static void *block;
static uint8_t region_memory[2][4096];
static const HeapRegion_t regions[] = {{region_memory[0], 4096}, {NULL, 0}};
static const HeapRegion_t other_regions[] = {{region_memory[1], 4096}, {NULL, 0}};

static bool is_heap_5(void)
{
    return strcmp(kernel.heap_config.ops->name, "freertos-heap-5") == 0;
}

static void prepare(void)
{
    if (is_heap_5())
        vPortDefineHeapRegions(regions);
    block = pvPortMalloc(20);
}

/* --- memory --- */

static tsize_t used(void)
{
    struct heap_stats stats;

    kernel.system_heap.ops->stats(&kernel.system_heap, &stats);
    return stats.used;
}

GIVES(pvPortMalloc, pvPortMalloc(20))
GIVES(pvPortCalloc, pvPortCalloc(2, 10))
CASE(vPortFree, const tsize_t before = used(); vPortFree(block); return used() < before;)
ANSWERS(xPortGetFreeHeapSize, xPortGetFreeHeapSize() != 0)
ANSWERS(xPortGetMinimumEverFreeHeapSize, xPortGetMinimumEverFreeHeapSize() != 0)
DOES(xPortResetHeapMinimumEverFreeHeapSize, xPortResetHeapMinimumEverFreeHeapSize())
CASE(vPortGetHeapStats, HeapStats_t stats; vPortGetHeapStats(&stats);
     return stats.xNumberOfFreeBlocks != 0;)
DOES(vPortInitialiseBlocks, vPortInitialiseBlocks())
DOES(vPortDefineHeapRegions, vPortDefineHeapRegions(other_regions))
DOES(vPortHeapResetState, vPortHeapResetState())

/* --- the scheduler --- */

CASE(vTaskSuspendAll, vTaskSuspendAll();
     return task_self() != NULL ? (long)task_self()->schedule_locks : 0;)
CASE(xTaskResumeAll, struct task *const self = task_self();
     if (self != NULL && !irq_in_isr()) self->schedule_locks++; /* as vTaskSuspendAll leaves it */
     return xTaskResumeAll();)

/* --- interrupts: 1 if they are off between enter and exit --- */

CASE(vPortEnterCritical, taskENTER_CRITICAL(); return kernel_core()->masked;)
CASE(vPortExitCritical, struct freertos_core *const core = &kernel.freertos.cores[port_core()];
     core->critical_nesting++; core->was_masked = true; /* as one that began elsewhere */
     taskEXIT_CRITICAL(); return core->critical_nesting == 0 || grid_is("off");)
CASE(ulPortEnterCriticalFromISR, const bool before = kernel_core()->masked;
     const unsigned long saved = taskENTER_CRITICAL_FROM_ISR();
     const bool masked = kernel_core()->masked;
     if (masked && !before) taskEXIT_CRITICAL_FROM_ISR(saved); return masked;)
CASE(vPortExitCriticalFromISR, taskEXIT_CRITICAL_FROM_ISR(1); return 0;)
CASE(vPortDisableInterrupts, taskDISABLE_INTERRUPTS(); const bool masked = kernel_core()->masked;
     if (!grid_is("off")) taskENABLE_INTERRUPTS(); return masked;)
CASE(vPortEnableInterrupts, taskENABLE_INTERRUPTS(); return 0;)

DOES(vPortAssertFailed, vPortAssertFailed("0", "grid", 1))

/* --- contexts --- */

enum { ALLOWED_PRIORITY = 128, URGENT_PRIORITY = 10 };

static void run(void *argument)
{
    (void)argument;
    if (grid_is("task")) {
        grid_make();
    } else if (grid_is("isr")) {
        grid_make_in_isr(ALLOWED_PRIORITY);
    } else if (grid_is("urgent")) {
        grid_make_in_isr(URGENT_PRIORITY);
    } else if (grid_is("locked")) {
        vTaskSuspendAll();
        grid_make();
    } else if (grid_is("off")) {
        taskENTER_CRITICAL();
        grid_make();
    } else if (grid_is("idle")) {
        kernel.idle_hooks[0] = grid_make_and_end;
        task_sleep(5);
    }
    grid_end();
}

int main(int argc, char **argv)
{
    static struct task worker;

    grid_arguments(argc, argv);
    prepare();
    if (grid_is("boot") || grid_is("boot-isr")) {
        if (grid_is("boot"))
            grid_make();
        else
            grid_make_in_isr(ALLOWED_PRIORITY);
        grid_end();
    }
    task_init(&worker, "worker", run, NULL, 10, 5);
    task_bind(&worker, 0);
    task_start(&worker);
    sched_start();
}
