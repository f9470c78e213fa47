/* fuzz_dialect_rtthread in three parts: memory (fuzz_...), objects that are waited for, threads. */
#ifndef HEAPSIM_FUZZ_RTTHREAD_CALLS_H
#define HEAPSIM_FUZZ_RTTHREAD_CALLS_H

#include "../kernel/api/rtthread/internal.h"

#include "../kernel/api/rtthread/rthw.h"
#include "dialect_calls.h"

/* Whose blocks. */
enum { SYSTEM, APART, POOL, SMEM, SLAB = SMEM + 2, MEMHEAP = SLAB + 2, PAGES = MEMHEAP + 2 };

/* Of each kind two static objects and two created ones. */
enum { STATICS = 2, OBJECTS = 4 };

/* clang-format off */
#define RT_MEMORY_VERBS(VERB)                                                                      \
    VERB(malloc) VERB(calloc) VERB(realloc) VERB(free) VERB(align) VERB(free_align) VERB(info)     \
    VERB(pages) VERB(pages_free) VERB(system) VERB(hooks) VERB(own_make) VERB(own_end)             \
    VERB(own_alloc) VERB(own_realloc) VERB(own_free) VERB(own_info) VERB(libc) VERB(text)
#define RT_OBJECT_VERBS(VERB)                                                                      \
    VERB(make) VERB(end) VERB(sem) VERB(mutex) VERB(event) VERB(mailbox) VERB(queue) VERB(pool)    \
    VERB(pool_free) VERB(timer) VERB(control)
#define RT_THREAD_VERBS(VERB)                                                                      \
    VERB(thread_make) VERB(thread_start) VERB(thread_end) VERB(thread_suspend)                     \
    VERB(thread_resume) VERB(thread_control) VERB(thread_look) VERB(delay) VERB(yield)             \
    VERB(critical) VERB(interrupts) VERB(line) VERB(tick) VERB(idle_hook)
/* clang-format on */

enum rt_verb {
#define VERB(name) RT_DO_##name,
    RT_MEMORY_VERBS(VERB) RT_OBJECT_VERBS(VERB) RT_THREAD_VERBS(VERB) RT_VERBS
#undef VERB
};

extern rt_thread_t rt_main_thread;
extern struct rt_thread rt_helper;

void rt_do_objects(unsigned verb, const uint32_t *operands);
void rt_end_objects(void);
void rt_do_threads(unsigned verb, const uint32_t *operands);
void rt_end_threads(void);

/* A name: a text, mostly. */
const char *rt_any_name(uint32_t number);

#endif
