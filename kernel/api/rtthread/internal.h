/* What the files of the RT-Thread dialect share, and applications do not see. */
#ifndef HEAPSIM_RTTHREAD_INTERNAL_H
#define HEAPSIM_RTTHREAD_INTERNAL_H

#include "../../kernel.h"
#include "../../port.h"
#include "rthw.h"
#include "rtthread.h"

/* Sizes on the board, without alignment of the heap (../../../docs/fidelity.md). */
enum rt_object_kind { RT_KIND_THREAD, RT_KIND_SEMAPHORE, RT_KIND_MUTEX, RT_KIND_MEMPOOL };

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

/* Reports a misuse of the call in progress. */
void rt_misuse(struct heap_call call, enum diagnosis_kind kind, const void *at, rt_size_t size,
               const char *text);

/* Diagnoses an object that is not `live`; NULL is never. True if it is live. */
rt_bool_t rt_is_live(rt_bool_t live, const void *object, struct heap_call call);

/* Diagnose a call from where it is forbidden; true if it is allowed. */
rt_bool_t rt_not_in_isr(struct heap_call call);
rt_bool_t rt_may_use_heap(struct heap_call call); /* rt_malloc and what calls it */
rt_bool_t rt_may_create(struct heap_call call);   /* also: not in an interrupt, in any case */
rt_bool_t rt_in_thread(struct heap_call call);    /* a thread, the scheduler running */
rt_bool_t rt_may_schedule(struct heap_call call); /* also: interrupts on, scheduler unlocked */
rt_bool_t rt_may_wait(struct heap_call call);     /* also: not the idle thread */
rt_bool_t rt_can_wait(void);                      /* the same without a diagnosis */

/* A timeout of the API in the kernel's ticks. */
uint32_t rt_ticks(rt_int32_t timeout);

/* What taking answered, as an error code. */
rt_err_t rt_take_error(enum take_result result);

/* A heap's standard configuration with the options that one build has in common for all heaps. */
struct heap_config rt_build_config(const struct heap_ops *ops);

#endif
