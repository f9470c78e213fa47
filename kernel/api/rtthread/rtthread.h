/*
 * RT-Thread's kernel API, version 5.2.0, as an application sees it. Each call passes straight to
 * heapsim's kernel; what it returns in each case is RT-Thread's.
 *
 * A misuse (a pointer that is no block, a size that wraps, a failed assertion) is diagnosed first;
 * --on-violation says whether the run goes on, and then the call returns as written here.
 */
#ifndef RT_THREAD_H__
#define RT_THREAD_H__

#include <string.h>

#include "rtdef.h"

#include "../hidden_begin.h"

#include "../../ipc/mutex.h"
#include "../../pool/pool.h"
#include "../../task/task.h"

/* --- objects --- */

/*
 * What every object begins with. The name is cut to RT_NAME_MAX characters, as the board would. The
 * rest of an object is heapsim's own and no part of the API; on the board it has another size,
 * which is what a dynamic object costs the heap (docs/fidelity.md).
 */
struct rt_object {
    char name[TASK_NAME_MAX];
};

/* What a dynamic object takes from the heap on the board. */
struct rt_charge {
    void *object; /* the control block; NULL for a static object */
    void *memory; /* its stack, blocks or queue */
};

struct rt_thread {
    struct rt_object parent;
    struct task task;
    rt_err_t error;
    void *stack_addr;
    rt_uint32_t stack_size;
    void (*cleanup)(struct rt_thread *thread);
    rt_ubase_t user_data;
    struct rt_charge charge;
};
typedef struct rt_thread *rt_thread_t;

struct rt_semaphore {
    struct rt_object parent;
    struct semaphore semaphore;
    struct rt_charge charge;
    rt_bool_t live;
};
typedef struct rt_semaphore *rt_sem_t;

struct rt_mutex {
    struct rt_object parent;
    struct mutex mutex;
    struct rt_charge charge;
    rt_bool_t live;
};
typedef struct rt_mutex *rt_mutex_t;

struct rt_mempool {
    struct rt_object parent;
    struct pool pool;
    struct rt_charge charge;
    rt_bool_t live;
};
typedef struct rt_mempool *rt_mp_t;

/*
 * Contexts, for all calls below. "Any" is a task, an ISR, masked or not, before the scheduler
 * starts or after. A call that may wait (a timeout other than 0 on something that is not there)
 * needs a task, interrupts on and the scheduler unlocked; from elsewhere it is a misuse and answers
 * -RT_ERROR or NULL without waiting. _create, and _delete but of threads, are misuse in an ISR, and
 * where the heap's calls are: with --heap-lock=mutex also with interrupts off and with the
 * scheduler locked. The idle thread (its hooks) may do what a task may, but never wait. Bounds:
 * O(1) unless stated; a priority queue adds O(waiters), inheritance O(mutexes held) for each task
 * in the chain. docs/context-rules.md has it as a table.
 */

/* --- threads (thread.c) --- */

#define RT_THREAD_CTRL_STARTUP         0x00
#define RT_THREAD_CTRL_CLOSE           0x01
#define RT_THREAD_CTRL_CHANGE_PRIORITY 0x02
#define RT_THREAD_CTRL_INFO            0x03
#define RT_THREAD_CTRL_BIND_CPU        0x04
#define RT_THREAD_CTRL_RESET_PRIORITY  0x05

/*
 * Makes a thread over the caller's struct. stack_start and stack_size are noted; the thread runs on
 * a host stack. priority 0 (most urgent) to 31; tick: its time slice. Returns RT_EOK; -RT_ERROR
 * (misuse) for the memory of a thread that lives or is not cleaned up yet.
 */
rt_err_t rt_thread_init(struct rt_thread *thread, const char *name, void (*entry)(void *parameter),
                        void *parameter, void *stack_start, rt_uint32_t stack_size,
                        rt_uint8_t priority, rt_uint32_t tick);

/* The same with control block and stack from the heap, in that order; NULL if either fails. */
rt_thread_t rt_thread_create(const char *name, void (*entry)(void *parameter), void *parameter,
                             rt_uint32_t stack_size, rt_uint8_t priority, rt_uint32_t tick);

/* Makes a new thread ready; -RT_ERROR (misuse) if it was started before. Any context. */
rt_err_t rt_thread_startup(rt_thread_t thread);

/*
 * Ends a thread that rt_thread_create made (delete) or rt_thread_init (detach), in whatever state
 * it is, at once. Its memory goes back when the idle thread (SMP: "tsystem") runs, last ended
 * first. Mutexes it holds pass to their next waiters. Any context; -RT_ERROR (misuse) for a thread
 * of the other kind, that has ended, or that is in the middle of a heap call (differs: upstream's
 * heap would stay locked for ever).
 */
rt_err_t rt_thread_delete(rt_thread_t thread);
rt_err_t rt_thread_detach(rt_thread_t thread);

/* The running thread; in an ISR the interrupted one; NULL before the scheduler starts. */
rt_thread_t rt_thread_self(void);

/* The newest live thread of that name, compared as far as RT_NAME_MAX, or NULL. O(threads). */
rt_thread_t rt_thread_find(char *name);

/* Lets the other threads of the same priority run first. Returns RT_EOK. Any context. */
rt_err_t rt_thread_yield(void);

/*
 * Sleeps 1 to 2^31 - 1 ticks; -RT_EINVAL for others. RT_EOK also if rt_thread_resume ended it: then
 * the thread's error is -RT_EINTR.
 */
rt_err_t rt_thread_delay(rt_tick_t tick);
rt_err_t rt_thread_mdelay(rt_int32_t ms);

/* Sleeps until *tick + inc_tick, and moves *tick there; not at all if that is past (*tick = now).
 */
rt_err_t rt_thread_delay_until(rt_tick_t *tick, rt_tick_t inc_tick);

/*
 * Takes a ready or running thread out of scheduling until rt_thread_resume; a thread that suspends
 * itself goes on until rt_schedule(). -RT_ERROR in other states. Resume: any suspended or waiting
 * thread; -RT_EINVAL in other states. Any context.
 */
rt_err_t rt_thread_suspend(rt_thread_t thread);
#define RT_INTERRUPTIBLE                          0
#define RT_KILLABLE                               1
#define RT_UNINTERRUPTIBLE                        2
#define rt_thread_suspend_with_flag(thread, flag) rt_thread_suspend(thread)
rt_err_t rt_thread_resume(rt_thread_t thread);

/* RT_THREAD_CTRL_*: argument is NULL, rt_uint8_t * (priority) or the number of a core. */
rt_err_t rt_thread_control(rt_thread_t thread, int cmd, void *arg);

/* Passes the core on, if a more urgent thread is ready or the caller is suspended. */
void rt_schedule(void);

/* No other thread takes the core between them; nests. rt_critical_level: how deep. */
rt_base_t rt_enter_critical(void);
void rt_exit_critical(void);
rt_uint16_t rt_critical_level(void);

/* Called by the idle thread whenever it runs; it must not wait. -RT_EFULL: four are set. */
rt_err_t rt_thread_idle_sethook(void (*hook)(void));
rt_err_t rt_thread_idle_delhook(void (*hook)(void));

/* Copies a thread's name, cut to name_size - 1 characters; -RT_EINVAL for RT_NULL. Any context. */
rt_err_t rt_thread_get_name(rt_thread_t thread, char *name, rt_uint8_t name_size);

/* The running thread's last error (mempool), and its setter. */
rt_err_t rt_get_errno(void);
void rt_set_errno(rt_err_t error);

/* --- time (clock.c) --- */

/* Ticks since the start; one is 1/RT_TICK_PER_SECOND s. Any context. */
rt_tick_t rt_tick_get(void);
void rt_tick_set(rt_tick_t tick);
rt_tick_t rt_tick_get_delta(rt_tick_t base); /* ticks since `base` */
rt_tick_t rt_tick_get_millisecond(void);

/* The tick interrupt's work: counts, time slices, timeouts. Called by heapsim; in an ISR. */
void rt_tick_increase(void);

/* Rounded up; RT_WAITING_FOREVER for a negative number. */
rt_tick_t rt_tick_from_millisecond(rt_int32_t ms);

/* --- interrupts (irq.c), see also rthw.h --- */

/*
 * Around the work of an ISR. heapsim has entered and leaves by itself: these count nesting for
 * rt_interrupt_get_nest() only.
 */
void rt_interrupt_enter(void);
void rt_interrupt_leave(void);

/* How many ISRs are active on this core: 0 in a thread. Any context. */
rt_uint8_t rt_interrupt_get_nest(void);

/* --- semaphores and mutexes (ipc.c) --- */

#define RT_IPC_FLAG_FIFO      0x00
#define RT_IPC_FLAG_PRIO      0x01
#define RT_IPC_CMD_UNKNOWN    0x00
#define RT_IPC_CMD_RESET      0x01
#define RT_IPC_CMD_GET_STATE  0x02
#define RT_IPC_CMD_SET_VLIMIT 0x03
#define RT_SEM_VALUE_MAX      RT_UINT16_MAX
#define RT_MUTEX_HOLD_MAX     255

/* flag: the order of waiters. value up to RT_SEM_VALUE_MAX. Returns RT_EOK; create: NULL, no
 * memory. */
rt_err_t rt_sem_init(rt_sem_t sem, const char *name, rt_uint32_t value, rt_uint8_t flag);
rt_sem_t rt_sem_create(const char *name, rt_uint32_t value, rt_uint8_t flag);

/* Wakes all waiters with -RT_ERROR. */
rt_err_t rt_sem_detach(rt_sem_t sem);
rt_err_t rt_sem_delete(rt_sem_t sem);

/*
 * RT_EOK; -RT_ETIMEOUT when the time (ticks; 0: no waiting; RT_WAITING_FOREVER) is over; -RT_ERROR
 * if the semaphore was deleted meanwhile; -RT_EINTR if rt_thread_resume ended the wait.
 */
rt_err_t rt_sem_take(rt_sem_t sem, rt_int32_t timeout);
rt_err_t rt_sem_trytake(rt_sem_t sem);

/* There are no signals: nothing else interrupts these waits. */
#define rt_sem_take_interruptible(sem, timeout) rt_sem_take(sem, timeout)
#define rt_sem_take_killable(sem, timeout)      rt_sem_take(sem, timeout)

/* RT_EOK; -RT_EFULL at RT_SEM_VALUE_MAX. Any context. */
rt_err_t rt_sem_release(rt_sem_t sem);

/*
 * RT_IPC_CMD_RESET: value (arg), waiters leave with -RT_ERROR. RT_IPC_CMD_SET_VLIMIT: the most that
 * it may become; -RT_EINVAL for 0 or above RT_SEM_VALUE_MAX, -RT_ERROR if it is more now. Else
 * -RT_ERROR. Any context.
 */
rt_err_t rt_sem_control(rt_sem_t sem, int cmd, void *arg);

/* Waiters are always in order of priority; flag is ignored, as upstream. */
rt_err_t rt_mutex_init(rt_mutex_t mutex, const char *name, rt_uint8_t flag);
rt_mutex_t rt_mutex_create(const char *name, rt_uint8_t flag);
rt_err_t rt_mutex_detach(rt_mutex_t mutex);
rt_err_t rt_mutex_delete(rt_mutex_t mutex);

/*
 * As rt_sem_take; recursive, -RT_EFULL beyond RT_MUTEX_HOLD_MAX. The owner inherits the priority of
 * its most urgent waiter. A thread only, also with timeout 0.
 */
rt_err_t rt_mutex_take(rt_mutex_t mutex, rt_int32_t timeout);
rt_err_t rt_mutex_trytake(rt_mutex_t mutex);
#define rt_mutex_take_interruptible(mutex, timeout) rt_mutex_take(mutex, timeout)
#define rt_mutex_take_killable(mutex, timeout)      rt_mutex_take(mutex, timeout)

/* RT_EOK; -RT_ERROR if the caller is not the owner. A thread only. */
rt_err_t rt_mutex_release(rt_mutex_t mutex);
rt_thread_t rt_mutex_get_owner(rt_mutex_t mutex);
rt_ubase_t rt_mutex_get_hold(rt_mutex_t mutex);

/* --- events, mailboxes, message queues, timers --- */

#include "rtipc.h"

/* --- memory pools (mempool.c) --- */

/*
 * Blocks of block_size bytes (rounded up to RT_ALIGN_SIZE, and 4 bytes before each) over memory of
 * the caller's, or from the heap. Returns RT_EOK; create: NULL without memory. Memory that is none
 * of the board's, or has no room for a block, is a misuse.
 */
rt_err_t rt_mp_init(struct rt_mempool *mp, const char *name, void *start, rt_size_t size,
                    rt_size_t block_size);
rt_mp_t rt_mp_create(const char *name, rt_size_t block_count, rt_size_t block_size);

/*
 * Wakes all waiters; their alloc gives NULL with the thread's error RT_ERROR (before 5.1:
 * -RT_ERROR). Live blocks are not checked.
 */
rt_err_t rt_mp_detach(struct rt_mempool *mp);
rt_err_t rt_mp_delete(rt_mp_t mp);

/*
 * A block, or NULL when none came free in `time` ticks (0: does not wait, any context;
 * RT_WAITING_FOREVER), with the thread's error -RT_ETIMEOUT. Waiters queue first in, first out
 * (before 5.1: last in, first out); a block is not reserved for the one that is woken.
 */
void *rt_mp_alloc(rt_mp_t mp, rt_int32_t time);

/* Gives a block back and wakes one waiter. NULL is ignored. Any context. */
void rt_mp_free(void *block);

void rt_mp_alloc_sethook(void (*hook)(struct rt_mempool *mp, void *block));
void rt_mp_free_sethook(void (*hook)(struct rt_mempool *mp, void *block));

/* --- strings: the board's C library, or RT-Thread's own, by RT-Thread's names --- */

#define rt_memset(at, value, size) memset(at, value, size)
#define rt_memcpy(to, from, size)  memcpy(to, from, size)
#define rt_memmove(to, from, size) memmove(to, from, size)
#define rt_memcmp(a, b, size)      memcmp(a, b, size)
#define rt_strlen(text)            strlen(text)
#define rt_strcmp(a, b)            strcmp(a, b)
#define rt_strncmp(a, b, size)     strncmp(a, b, size)
#define rt_strncpy(to, from, size) strncpy(to, from, size)
#define rt_strstr(text, part)      strstr(text, part)

/* --- text (kservice.c) --- */

/*
 * As their namesakes of the C library, with the host's formats: they return the length of the whole
 * text. rt_sprintf trusts its caller that there is room. Any context.
 */
int rt_snprintf(char *text, rt_size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int rt_vsnprintf(char *text, rt_size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
int rt_sprintf(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
int rt_vsprintf(char *text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* --- console (kservice.c) --- */

/*
 * printf to the board's console. Text beyond RT_CONSOLEBUF_SIZE - 1 bytes is cut off. Returns the
 * length of the whole text. Any context. Differs: %-formats are the host's, so floating point
 * works.
 */
int rt_kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes a string to the console; NULL is ignored. Any context. */
void rt_kputs(const char *text);

/*
 * The hook is called instead of the diagnosis when RT_ASSERT fails; NULL restores it. Any context.
 */
void rt_assert_set_hook(void (*hook)(const char *condition, const char *function, rt_size_t line));

/* --- system heap (mem.c) --- */

/*
 * Makes the system heap of [begin, end), aligned inwards to RT_ALIGN_SIZE, with the allocator that
 * --heap names (standard: rt-small-mem). Once only: a second call is a misuse. Before the first
 * allocation; not in an interrupt. O(1).
 */
void rt_system_heap_init(void *begin, void *end);

/*
 * Allocates size bytes, aligned to RT_ALIGN_SIZE. NULL if size is 0, if no free block is large
 * enough, or if size wraps at 32 bits once rounded (misuse; with --quirks=faithful: the least
 * block, as upstream). Then the malloc hook is called, also for NULL. Steps: those of the allocator
 * (small-mem: linear in blocks).
 */
void *rt_malloc(rt_size_t size);

/*
 * Gives a block of the system heap back; NULL is ignored. Calls the free hook first, also for NULL.
 * A pointer that is no live block is a misuse and leaves the heap as it is.
 */
void rt_free(void *block);

/*
 * Resizes a block, moving it if need be. NULL block: as rt_malloc without its hook; size 0: as
 * rt_free without its hook, returns NULL. NULL when there is no room: the old block stays.
 * Entry hook before, exit hook after.
 */
void *rt_realloc(void *block, rt_size_t size);

/*
 * Allocates count x size zeroed bytes. NULL as rt_malloc, and if the product wraps at 32 bits
 * (misuse; faithful: the product modulo 2^32). Differs: the hook is called after the zeroing.
 */
void *rt_calloc(rt_size_t count, rt_size_t size);

/*
 * Allocates size bytes at a multiple of align (rounded up to a multiple of 4). Give the block back
 * with rt_free_align only. NULL as rt_malloc, and for align 0 (misuse).
 */
void *rt_malloc_align(rt_size_t size, rt_size_t align);
void rt_free_align(void *block);

/* Bytes of the system heap: all, now in use, most in use. NULL outputs are skipped. */
void rt_memory_info(rt_size_t *total, rt_size_t *used, rt_size_t *max_used);

/*
 * RT-Thread's package of TLSF (--heap tlsf): one region more for the system heap. Returns the list
 * node that the package allocates for it from the heap; NULL (misuse) for memory that is none of
 * the board's, no multiple of 4, too small or too large, or if there is no room for the node.
 * remove: the region of a node that add returned; misuse, and nothing is removed, if blocks in it
 * are still in use. Misuse with another heap. Contexts: as rt_malloc. Differs: upstream takes no
 * lock around the pool. rt_memory_info tells of the first region only, and of no maximum.
 */
void *rt_system_heap_add(void *begin, void *end);
void rt_system_heap_remove(void *node);

/* Hooks of the calls above; NULL takes one away. A hook may change the pointer it is handed. */
void rt_malloc_sethook(void (*hook)(void **block, rt_size_t size));
void rt_free_sethook(void (*hook)(void **block));
void rt_realloc_set_entry_hook(void (*hook)(void **block, rt_size_t size));
void rt_realloc_set_exit_hook(void (*hook)(void **block, rt_size_t size));

/* --- small-mem heaps of the application's own (mem.c) --- */

struct rt_memory; /* the control block: lies at the start of the heap's memory, in target layout */
typedef struct rt_memory *rt_mem_t;
typedef rt_mem_t rt_smem_t;

/*
 * Makes a small-mem heap of size bytes at begin (any alignment): a RAM region, a block of another
 * heap or a static array. Returns its handle, which is the control block's address; NULL if the
 * memory is too small, or (misuse) no memory of the board, or name is NULL. No lock: for one task,
 * or lock outside.
 */
rt_smem_t rt_smem_init(const char *name, void *begin, rt_size_t size);

/*
 * Forgets the heap; its memory stays as it is. Returns RT_EOK; -RT_EINVAL (misuse) for no such
 * heap, and for the system heap.
 */
rt_err_t rt_smem_detach(rt_smem_t heap);

/* As rt_malloc, rt_realloc and rt_free, on that heap, without hooks. */
void *rt_smem_alloc(rt_smem_t heap, rt_size_t size);
void *rt_smem_realloc(rt_smem_t heap, void *block, rt_size_t size);
void rt_smem_free(void *block);

/* --- slab heaps of the application's own (own_heaps.c) --- */

typedef rt_mem_t rt_slab_t;

/*
 * Makes a slab heap of size bytes at begin_addr (any alignment): its control block, then whole
 * pages of 4 KiB. Returns its handle, the control block's address; NULL if no page is left, or
 * (misuse) for no memory of the board, or name is NULL. No lock, any context.
 */
rt_slab_t rt_slab_init(const char *name, void *begin_addr, rt_size_t size);

/*
 * Forgets the heap; its memory stays as it is. Returns RT_EOK; -RT_EINVAL (misuse) for no such
 * heap, and for the system heap.
 */
rt_err_t rt_slab_detach(rt_slab_t m);

/*
 * As rt_malloc, rt_realloc and rt_free on that heap, without hooks and without a lock. Chunks of 72
 * sizes, larger blocks in pages. Bound: two headers, and one page run each that is looked at.
 */
void *rt_slab_alloc(rt_slab_t m, rt_size_t size);
void *rt_slab_realloc(rt_slab_t m, void *ptr, rt_size_t size);
void rt_slab_free(rt_slab_t m, void *ptr);

/*
 * npages adjoining pages of 4 KiB from the system heap, and back to it, under its lock (see
 * rt_malloc for contexts). NULL if there are not so many together, or npages is 0. Misuse: the
 * system heap is no slab (upstream: the program does not link); pages that are not taken. Not
 * counted in rt_memory_info. O(page runs).
 */
void *rt_page_alloc(rt_size_t npages);
void rt_page_free(void *addr, rt_size_t npages);

/* --- memheaps of the application's own (memheap.c) --- */

/*
 * The application's control block: static data or a block of a heap. The fields are for reading,
 * but for `locked`: RT_TRUE says that the application locks around all calls itself.
 */
struct rt_memheap {
    struct rt_object parent;
    void *start_addr;
    rt_size_t pool_size;      /* bytes, down to a multiple of RT_ALIGN_SIZE */
    rt_size_t available_size; /* bytes in free items */
    rt_size_t max_used_size;  /* the most that was taken, headers included */
    rt_bool_t locked;
    struct semaphore lock;
    struct heap heap;
};

/*
 * Makes a memheap of size bytes at start_addr, which is not aligned. Returns RT_EOK. Misuse, and
 * -RT_ERROR: no memory of the board, room for less than two headers (upstream corrupts), a live
 * memheap. Where the system heap is a memheap (--heap rt-memheap), rt_malloc and its kin serve from
 * this one too what the system heap has no room for; the most recently made one is tried first. Not
 * in an ISR. O(1).
 */
rt_err_t rt_memheap_init(struct rt_memheap *memheap, const char *name, void *start_addr,
                         rt_size_t size);

/*
 * Forgets the memheap, whatever lives in it. Returns RT_EOK; -RT_ERROR (misuse) if it is none, or
 * if a thread is at work in it, whose unlocking upstream would let fail. Not in an ISR.
 */
rt_err_t rt_memheap_detach(struct rt_memheap *memheap);

/*
 * A block of at least size bytes (at least 12, rounded up; 0 gives such a block too), NULL if there
 * is none, or if size wraps at 32 bits once rounded (misuse; faithful: the least block). Each of
 * these calls takes the memheap's semaphore, unless it is `locked`: a thread only, interrupts on,
 * scheduler unlocked, from elsewhere misuse and NULL. The semaphore does not nest. O(free items).
 */
void *rt_memheap_alloc(struct rt_memheap *heap, rt_size_t size);

/*
 * Resizes a block of this memheap, moving it if need be. NULL ptr: rt_memheap_alloc, but NULL for
 * size 0; size 0: rt_memheap_free, returns NULL. NULL when there is no room: the block stays.
 */
void *rt_memheap_realloc(struct rt_memheap *heap, void *ptr, rt_size_t newsize);

/*
 * Gives a block back to the memheap that its header names; NULL is ignored. A pointer that is no
 * live block of the application's memheaps is a misuse. O(memheaps).
 */
void rt_memheap_free(void *ptr);

/* Bytes of the memheap: all, now in use, most in use; headers count. NULL outputs are skipped. */
void rt_memheap_info(struct rt_memheap *heap, rt_size_t *total, rt_size_t *used,
                     rt_size_t *max_used);

/* --- start-up (components.c) --- */

/* Runs the functions of INIT_..._EXPORT (rtdef.h). Called by heapsim. */
void rt_components_board_init(void);
void rt_components_init(void);

/* The shell's commands: heapsim has no RT-Thread shell, so they count as used, and that is all. */
#define MSH_CMD_EXPORT(command, ...)                                                               \
    rt_unused static void (*const __rt_msh_##command)(void) = (void (*)(void))command
#define MSH_CMD_EXPORT_ALIAS(command, alias, ...)     MSH_CMD_EXPORT(command)
#define FINSH_FUNCTION_EXPORT(name, ...)              MSH_CMD_EXPORT(name)
#define FINSH_FUNCTION_EXPORT_ALIAS(name, alias, ...) MSH_CMD_EXPORT(name)

#include "../hidden_end.h"

#endif
