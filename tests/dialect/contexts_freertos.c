/*
 * Where FreeRTOS's memory calls may be made: before the scheduler starts, in a task, in an ISR,
 * with the scheduler suspended, in a critical section.
 */
#include <FreeRTOS.h>
#include <task.h>

#include "check.h"

enum context { BEFORE, IN_TASK, IN_ISR, SUSPENDED, CRITICAL };

static const char *const context_names[] = {"before the start", "in a task", "in an ISR",
                                            "scheduler suspended", "in a critical section"};

static unsigned hooked;

void vApplicationMallocFailedHook(void)
{
    CHECK(task_self() == NULL || task_self()->schedule_locks == 0); /* it runs again */
    hooked++;
}

static bool is_heap(char n)
{
    return kernel.heap_config.ops->name[14] == n;
}

static bool frees(void)
{
    return !is_heap('1');
}

static bool has_calloc(void)
{
    return !is_heap('1') && !is_heap('3');
}

static bool has_stats(void)
{
    return is_heap('4') || is_heap('5');
}

static bool has_size(void)
{
    return !is_heap('3');
}

static bool resets(void)
{
    return is_heap('1');
}

static void *block;

static bool call_malloc(void)
{
    return pvPortMalloc(20) != NULL;
}

static bool call_calloc(void)
{
    return pvPortCalloc(2, 10) != NULL;
}

static bool call_free(void)
{
    const tsize_t before = check_stats(&kernel.system_heap).used;
    bool done;

    vPortFree(block);
    done = check_stats(&kernel.system_heap).used < before;
    if (done)
        block = pvPortMalloc(20);
    return done;
}

static bool call_size(void)
{
    return xPortGetFreeHeapSize() != 0;
}

static bool call_low_water(void)
{
    xPortResetHeapMinimumEverFreeHeapSize();
    return xPortGetMinimumEverFreeHeapSize() == xPortGetFreeHeapSize();
}

static bool call_stats(void)
{
    HeapStats_t stats;

    vPortGetHeapStats(&stats);
    return stats.xNumberOfFreeBlocks != 0;
}

static bool call_initialise(void)
{
    const size_t before = xPortGetFreeHeapSize();
    bool done;

    vPortInitialiseBlocks();
    done = xPortGetFreeHeapSize() > before;
    if (done && (task_self() == NULL || !kernel_core()->masked)) /* the last context */
        block = pvPortMalloc(20);
    return done;
}

#define ANYWHERE (1u << BEFORE | 1u << IN_TASK | 1u << IN_ISR | 1u << SUSPENDED | 1u << CRITICAL)
#define NO_ISR   (ANYWHERE & ~(1u << IN_ISR))

static const struct check_call calls[] = {
    {"pvPortMalloc", call_malloc, NULL, NO_ISR},
    {"pvPortCalloc", call_calloc, has_calloc, NO_ISR},
    {"vPortFree", call_free, frees, NO_ISR},
    {"xPortGetFreeHeapSize", call_size, has_size, ANYWHERE},
    {"xPortGetMinimumEverFreeHeapSize", call_low_water, has_stats, ANYWHERE},
    {"vPortGetHeapStats", call_stats, has_stats, NO_ISR},
    {"vPortInitialiseBlocks", call_initialise, resets, NO_ISR},
};

static const struct check_call *current;

static void make_in_isr(void)
{
    check_in_context(current, IN_ISR, context_names[IN_ISR]);
}

/* Where there are several cores the scheduler may not be suspended in a critical section. */
static void try_critical(const struct check_call *call)
{
    struct check_call here = *call;

    if (kernel.core_count > 1 && task_self() != NULL && (call->allowed >> IN_ISR & 1) == 0 &&
        call->make != call_initialise)
        here.allowed &= ~(1u << CRITICAL);
    taskENTER_CRITICAL();
    taskENTER_CRITICAL();
    check_in_context(&here, CRITICAL, context_names[CRITICAL]);
    CHECK(kernel_core()->masked);
    taskEXIT_CRITICAL();
    CHECK(kernel_core()->masked);
    taskEXIT_CRITICAL();
    CHECK(!kernel_core()->masked);
}

static void try_everywhere(const struct check_call *call, enum context outside)
{
    check_in_context(call, outside, context_names[outside]);
    current = call;
    check_in_isr(make_in_isr);
    vTaskSuspendAll();
    check_in_context(call, SUSPENDED, context_names[SUSPENDED]);
    xTaskResumeAll();
    CHECK(task_self() == NULL || task_self()->schedule_locks == 0);
    try_critical(call);
}

static void suspend_in_isr(void)
{
    check_look();
    vTaskSuspendAll();
    CHECK(check_diagnosed(DIAGNOSIS_CONTEXT, 1));
    xTaskResumeAll();
    CHECK(check_diagnosed(DIAGNOSIS_CONTEXT, 1));
}

static struct task worker, urgent;
static volatile unsigned urgent_ran;

static void run_urgent(void *argument)
{
    (void)argument;
    urgent_ran++;
}

static void wake_urgent(void)
{
    task_start(&urgent);
}

/* An interrupt comes in during the work and readies a more urgent task, which runs at the resume.
 */
static void switch_at_resume(void)
{
    task_init(&urgent, "urgent", run_urgent, NULL, 1, 5);
    task_bind(&urgent, 0);
    vTaskSuspendAll();
    check_in_isr(wake_urgent);
    CHECK(urgent_ran == 0);
    CHECK(xTaskResumeAll() == pdTRUE);
    CHECK(urgent_ran == 1);
    vTaskSuspendAll();
    CHECK(xTaskResumeAll() == pdFALSE);
    check_look();
    CHECK(xTaskResumeAll() == pdFALSE);
    CHECK(check_diagnosed(DIAGNOSIS_OBJECT, 1));
}

static void run(void *argument)
{
    unsigned i;

    (void)argument;
    for (i = 0; i < COUNT(calls); i++)
        try_everywhere(&calls[i], IN_TASK);
    check_in_isr(suspend_in_isr);
    switch_at_resume();
    CHECK(check_whole(&kernel.system_heap));
    hooked = 0;
    CHECK(pvPortMalloc(1 << 30) == NULL && hooked == 1);
    port_main_returned(check_failures != 0, true);
}

int main(void)
{
    static uint8_t memory[8192];
    const HeapRegion_t regions[] = {{memory, 4096}, {memory + 4096, 4096}, {NULL, 0}};
    unsigned i;

    if (is_heap('5'))
        vPortDefineHeapRegions(regions);
    block = pvPortMalloc(20);
    for (i = 0; i < COUNT(calls); i++)
        try_everywhere(&calls[i], BEFORE);
    check_in_isr(suspend_in_isr);
    check_look();
    taskEXIT_CRITICAL();
    CHECK(check_diagnosed(DIAGNOSIS_OBJECT, 1));
    task_init(&worker, "worker", run, NULL, 10, 5);
    task_bind(&worker, 0);
    task_start(&worker);
    sched_start(); /* vTaskStartScheduler does not exist yet */
}
