/* What the files of the RT-Thread dialect share, and applications do not see. */
#ifndef HEAPSIM_RTTHREAD_INTERNAL_H
#define HEAPSIM_RTTHREAD_INTERNAL_H

#include "../../kernel.h"
#include "../../port.h"
#include "../common.h"
#include "rthw.h"
#include "rtthread.h"

/* Sizes on the board, without alignment of the heap (../../../docs/fidelity.md). */
enum rt_object_kind {
    RT_KIND_THREAD,
    RT_KIND_SEMAPHORE,
    RT_KIND_MUTEX,
    RT_KIND_EVENT,
    RT_KIND_MAILBOX,
    RT_KIND_QUEUE,
    RT_KIND_TIMER,
    RT_KIND_MEMPOOL
};

/* Bytes of a control block for the configured name length and number of cores. */
rt_size_t rt_object_bytes(enum rt_object_kind kind);

/*
 * Charges a dynamic object to the heap: control block, then `memory` bytes more (0: none). False,
 * with nothing charged, if either fails. rt_charge_free: the other way round.
 */
rt_bool_t rt_charge_take(struct rt_charge *charge, enum rt_object_kind kind, rt_size_t memory,
                         rt_bool_t with_memory);
void rt_charge_free(struct rt_charge *charge);

/* The name, cut to the board's RT_NAME_MAX. */
void rt_object_name(struct rt_object *object, const char *name);

/* The order that RT_IPC_FLAG_* names. */
enum wait_order rt_wait_order(rt_uint8_t flag);

/* True if the release of --rtthread is that one or later; without the option it is 5.2.0. */
rt_bool_t rt_is_since(rt_uint8_t major, rt_uint8_t minor, rt_uint8_t patch);

/* Reports a misuse of the call in progress. */
static inline void rt_misuse(struct heap_call call, enum diagnosis_kind kind, const void *at,
                             rt_size_t size, const char *text)
{
    api_misuse(call, kind, at, size, text);
}

/* Before the object is read: a static one may lie in a block that was freed. False for NULL. */
static inline rt_bool_t rt_is_there(const void *object, struct heap_call call)
{
    if (object != NULL)
        port_touch(object, 1, false, &call);
    return object != NULL;
}

/* Diagnoses an object that is not `live`; NULL is never. True if it is live. */
rt_bool_t rt_is_live(rt_bool_t live, const void *object, struct heap_call call);

/* _delete wants a dynamic object and the heap, _detach a static one; diagnosed if not. */
rt_bool_t rt_may_end(const struct rt_charge *charge, rt_bool_t dynamic, const void *object,
                     struct heap_call call);

/* Memory of the caller's for `bytes`, which the board must be able to reach; diagnosed if not. */
rt_bool_t rt_is_memory(const void *memory, rt_size_t bytes, struct heap_call call);

/* Fills in what a call of the figures of a heap is asked for: NULL, it is not. */
void rt_tell_stats(const struct heap_stats *stats, rt_size_t *total, rt_size_t *used,
                   rt_size_t *max_used, struct heap_call call);

/* --- where calls may be made (rules.c) --- */

#define CALL(name, kind, refused) RT_ROW_##name,
enum rt_row {
#include "calls.def"
    RT_ROWS
};
#undef CALL

extern const struct call_rules rt_rules;
extern const struct call_rule rt_rows[RT_ROWS];
extern const struct rule_kind *const rt_memheap_lock; /* of the lock of a memheap */

/* HEAP_CALL of a call that has a row: its rule is found without a search. */
#define RT_CALL(function) HEAP_CALL(rt_rows[RT_ROW_##function].name)

/* Diagnose a call from where its row forbids it; true if it is allowed. */
static inline rt_bool_t rt_allowed(struct heap_call call)
{
    return rules_allow(&rt_rules, call, false);
}

/* The same of one that would have to wait. */
static inline rt_bool_t rt_allowed_to_wait(struct heap_call call)
{
    return rules_allow(&rt_rules, call, true);
}

/* True in a thread that may wait: whatever the call. */
static inline rt_bool_t rt_can_wait(void)
{
    return rules_here() == 0;
}

/* A call found that it would have to wait (TAKE_EMPTY), and must not: diagnosed. */
rt_bool_t rt_was_refused(enum take_result result, rt_int32_t timeout, struct heap_call call);

/* A timeout of the API in the kernel's ticks; rt_ticks_here: 0 where nothing may wait. */
uint32_t rt_ticks(rt_int32_t timeout);
uint32_t rt_ticks_here(rt_int32_t timeout);

/* What taking answered, as an error code. */
rt_err_t rt_take_error(enum take_result result);

/* A heap's standard configuration with the options that one build has in common for all heaps. */
struct heap_config rt_build_config(const struct heap_ops *ops);

/* The release of RT-Thread for the heap's own release option, where --heap does not set that. */
void rt_set_release(struct heap_config *config);

/* --- the system heap (mem.c) --- */

/* The system heap, locked; NULL after a diagnosis. */
struct heap *rt_enter_heap(struct heap_call call, bool *masked);
void rt_leave_heap(bool masked);

/* One of the calls that give a block: size; count and size; size and align. */
typedef taddr_t rt_serve(struct heap *h, tsize_t a, tsize_t b, struct heap_call call);
rt_serve rt_serve_plain;

/* From the system heap, or from one that is bound to it. Heap locked, here and below. */
taddr_t rt_serve_bound(struct heap *h, rt_serve *ask, tsize_t a, tsize_t b, struct heap_call call);

/* The block back into the heap it is of. */
void rt_release(struct heap *h, taddr_t block, struct heap_call call);

/* rt_malloc, rt_calloc, rt_realloc, rt_free under another name. */
void *rt_heap_malloc(size_t size, struct heap_call call);
void *rt_heap_calloc(size_t count, size_t size, struct heap_call call);
void *rt_heap_realloc(void *block, size_t size, struct heap_call call);
void rt_heap_free(void *block, struct heap_call call);

/* An aligned block that rt_free takes back; diagnosed where the heap has none. */
void *rt_heap_memalign(size_t align, size_t size, struct heap_call call);

/* --- heaps that are bound to it (memheap.c) --- */

/* True if the system heap is a memheap, to which the application's are bound. */
bool rt_is_bound(void);

/* From the application's memheaps, most recently made first; 0: none has room. */
taddr_t rt_memheap_serve_bound(rt_serve *ask, tsize_t a, tsize_t b, struct heap_call call);

/* rt_realloc over all of them. */
taddr_t rt_memheap_resize_bound(taddr_t block, tsize_t size, struct heap_call call);

/* The application's memheap that a block lies in, or NULL; and the block back into it. */
struct rt_memheap *rt_memheap_around(taddr_t block);
typedef void rt_give(struct heap *h, taddr_t block, struct heap_call call);
void rt_memheap_give(struct rt_memheap *m, rt_give *give, taddr_t block, struct heap_call call);

#endif
