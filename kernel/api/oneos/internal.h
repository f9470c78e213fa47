/* What the files of the OneOS dialect share, and applications do not see. */
#ifndef HEAPSIM_ONEOS_INTERNAL_H
#define HEAPSIM_ONEOS_INTERNAL_H

#include "../../heap/allocators.h"
#include "../../heap/oneos.h"
#include "../../kernel.h"
#include "../../port.h"
#include "../common.h"
#include "os_memory.h"

/* --- where calls may be made (rules.c) --- */

#define CALL(name, kind, refused) ONEOS_ROW_##name,
enum oneos_row {
#include "calls.def"
    ONEOS_ROWS
};
#undef CALL

extern const struct call_rules oneos_rules;
extern const struct call_rule oneos_rows[ONEOS_ROWS];

/* HEAP_CALL of a call that has a row: its rule is found without a search. */
#define ONEOS_CALL(function) HEAP_CALL(oneos_rows[ONEOS_ROW_##function].name)

/* Diagnoses a call from where its row forbids it; true if it is allowed. */
static inline bool oneos_allowed(struct heap_call call)
{
    return rules_allow(&oneos_rules, call, false);
}

/* A heap and the lock of its regions: the system's, or one of the application's own. */
struct oneos_target {
    struct heap *heap; /* ops is NULL: no region yet */
    struct semaphore *lock;
};

struct oneos_target oneos_system(void);

/* True if the system heap is OneOS 1.x's, which has calls of its own. */
bool oneos_is_v1(void);

/* Diagnoses a call of the other version; true if it is of the chosen one. */
bool oneos_has(bool v1, struct heap_call call);

/* The calls on any heap. */
os_err_t oneos_add(struct oneos_target target, const char *name, void *start, os_size_t size,
                   enum os_mem_alg alg, taddr_t object, struct heap_call call);
void *oneos_malloc(struct oneos_target target, os_size_t size, struct heap_call call);
void *oneos_calloc(struct oneos_target target, os_size_t count, os_size_t size,
                   struct heap_call call);
void *oneos_aligned_malloc(struct oneos_target target, os_size_t align, os_size_t size,
                           struct heap_call call);
void *oneos_realloc(struct oneos_target target, void *block, os_size_t size, struct heap_call call);
void oneos_free(struct oneos_target target, void *block, struct heap_call call);
void oneos_info(struct oneos_target target, os_meminfo_t *info);
os_err_t oneos_check(struct oneos_target target, struct heap_call call);
os_err_t oneos_trace(struct oneos_target target, struct heap_call call);

/* The heap, locked; false after a diagnosis, or where it has no region. */
bool oneos_enter(struct oneos_target target, struct heap_call call);
void oneos_leave(struct oneos_target target);

/* 1.x: what its hooks are told (mem_v1.c). */
void oneos_tell_malloc(void *block, os_size_t size);
void oneos_tell_realloc(void *old, void *block, os_size_t size);
void oneos_tell_free(struct heap *h, void *block);

#endif
