/* What the files of the FreeRTOS dialect share, and applications do not see. */
#ifndef HEAPSIM_FREERTOS_INTERNAL_H
#define HEAPSIM_FREERTOS_INTERNAL_H

#define HEAPSIM_FREERTOS_LIBRARY

#include "../../kernel.h"
#include "../../port.h"
#include "../common.h"
#include "FreeRTOS.h"

/* --- where calls may be made (rules.c) --- */

#define CALL(name, kind, refused) FREERTOS_ROW_##name,
enum freertos_row {
#include "calls.def"
    FREERTOS_ROWS
};
#undef CALL

extern const struct call_rules freertos_rules;
extern const struct call_rule freertos_rows[FREERTOS_ROWS];

/* HEAP_CALL of a call that has a row: its rule is found without a search. */
#define FREERTOS_CALL(function) HEAP_CALL(freertos_rows[FREERTOS_ROW_##function].name)

/* Diagnoses a call from where its row forbids it; true if it is allowed. */
static inline bool freertos_allowed(struct heap_call call)
{
    return rules_allow(&freertos_rules, call, false);
}

/* vTaskSuspendAll and xTaskResumeAll, where they are allowed. */
void freertos_suspend(void);
bool freertos_resume(void); /* true if it switched */

/* What a task runs: its function, which must not return: diagnosed, and the task ends. */
void freertos_task_body(TaskFunction_t function, void *argument);

/* N of heap_N; 0 for an allocator that is none of FreeRTOS's. */
unsigned freertos_heap_number(void);

/* Calls that not every heap_N has. */
enum freertos_call {
    FREERTOS_CALLOC,
    FREERTOS_FREE_SIZE,
    FREERTOS_LOW_WATER,
    FREERTOS_RESET_LOW_WATER,
    FREERTOS_STATS,
    FREERTOS_INITIALISE,
    FREERTOS_REGIONS,
    FREERTOS_RESET_STATE
};

/* True if the chosen heap of its release has the call; diagnosed if not. */
bool freertos_has(enum freertos_call what, struct heap_call call);

/* True if the application includes FreeRTOS.h: heapsim_freertos_config is there. */
bool freertos_is_configured(void);

/* The system heap's configuration, with what FreeRTOSConfig.h says. */
struct heap_config freertos_build_config(void);

/* The heap as it is before main: over ucHeap, or else over the RAM. heap_5 has none yet. */
void freertos_make_heap(void *ram, size_t size, struct heap_call call);

/* The heap, ready for calls; NULL after a diagnosis. */
struct heap *freertos_live_heap(struct heap_call call);

/* pvPortMalloc, pvPortCalloc and vPortFree under another name, and what FreeRTOS has not. */
void *freertos_malloc(size_t size, struct heap_call call);
void *freertos_calloc(size_t count, size_t size, struct heap_call call);
void freertos_free(void *block, struct heap_call call);
void *freertos_realloc(void *block, size_t size, struct heap_call call);
void *freertos_memalign(size_t align, size_t size, struct heap_call call);

#endif
