/*
 * What the kernel asks of the machine it runs on. kernel/ knows the host through these functions
 * only, so that it can be read, fuzzed and benchmarked with no simulator around it.
 *
 * All of them may be called from a task, from an interrupt and with interrupts masked; none waits.
 */
#ifndef HEAPSIM_PORT_H
#define HEAPSIM_PORT_H

#include <stdarg.h>

#include "diagnosis.h"
#include "target.h"

struct heap;
struct heap_block;
struct heap_call;
struct heap_event;
struct heap_fault;

/* --- cpu: cores and what executes tasks --- */

struct task;

/*
 * The seat of a core, as the thread that runs it sees it: what is looked at in every call. A thread
 * may sit elsewhere after a point.
 */
struct port_seat {
    int64_t budget; /* nanoseconds left until port_point_due() must be called */
    unsigned core;
    bool alone; /* no other core, and nothing else, can interfere with a core that is masked */
};

extern __thread struct port_seat *port_here;

/* The core that executes the caller: 0..63. */
static inline unsigned port_core(void)
{
    return port_here->core;
}

/* Excludes the other cores; interrupts are masked on this one. Not nested. */
void port_lock_others(void);
void port_unlock_others(void);

static inline void port_lock(void)
{
    if (!port_here->alone)
        port_lock_others();
}

static inline void port_unlock(void)
{
    if (!port_here->alone)
        port_unlock_others();
}

/* A place where time passes, an interrupt may arrive and the core may pass to another task. */
enum point_kind { POINT_KERNEL, POINT_HEAP, POINT_EDGE, POINT_READ, POINT_WRITE, POINT_KINDS };

/* What a point of each kind costs, in nanoseconds. */
extern int64_t port_point_costs[];

/* The budget is used up. */
void port_point_due(void);

static inline void port_point(enum point_kind kind)
{
    if ((port_here->budget -= port_point_costs[kind]) <= 0)
        port_point_due();
}

/* A line is due on this core: enters ISR context (a signal), which calls irq_dispatch(). */
void port_interrupt(void);

/*
 * An ISR that a more urgent line may interrupt begins: true if the port had to let interrupts in.
 * Then port_isr_close() follows when it ends.
 */
bool port_isr_open(void);
void port_isr_close(void);

/* Something changed for another core: it must look at its pending lines and its reschedule flag. */
void port_kick(unsigned core);

/*
 * A task will be started soon: makes what port_task_create() takes, as far as the caller's context
 * allows. Without the kernel lock.
 */
void port_task_prepare(void);

/* Gives a task, INITIAL, what executes it; task->carrier is set. Kernel lock held. */
void port_task_create(struct task *task);

/* Takes it away from a closed task that holds no core; task->carrier is NULL afterwards. */
void port_task_destroy(struct task *task);

/*
 * The core passes from one task to another; returns when `from` gets a core again, never if it is
 * closed. Kernel lock held on entry and on return. A task that runs for the first time starts with
 * kernel_leave(false), then task->entry, then task_close() on itself.
 */
void port_switch(struct task *from, struct task *to);

/* Every core begins with its idle task (kernel.cores[i].idle), which executes kernel_idle(). */
_Noreturn void port_start(void);

/* The idle task has nothing to do: returns when something happened on its core. */
void port_idle(void);

/* The application's main, as the dialect's main task or start-up runs it. */
int port_application_main(void);

/* It returned; `waited`: after having waited for something. May end the run. */
void port_main_returned(int value, bool waited);

/* --- memory --- */

/*
 * Whether [begin, begin + size) may hold a heap, a pool or a kernel object: wholly inside one RAM
 * region, the program's static data or the host window. NULL if so; else a clause that says what
 * lies there instead ("it lies on the stack of the first thread"). O(regions).
 */
const char *port_memory_refusal(const void *begin, size_t size);

/*
 * Zeroed memory below 4 GiB, outside the board's RAM, for what the host keeps about an object of
 * the kernel (its size on the board is charged to the heap instead). NULL: none left. Not in an
 * ISR.
 */
void *port_object_alloc(size_t size);
void port_object_free(void *object, size_t size);
/*
 * Readers of records that other cores add and take away, who wait for nothing: any context. What is
 * found stays valid until port_read_end(); no lock is taken in between. Does not nest.
 */
bool port_read_begin(void);
void port_read_end(bool begun);

/* A record was taken out of reach: returns when no reader is left that may have found it. */
void port_read_wait(void);

/*
 * A call is about to read or write memory of the application's on its behalf: a message's buffer, a
 * result, a text to be formatted. The port may look whether that memory is to be touched, and
 * diagnose it; the call then goes on as the real one would. Says nothing of the caller's own
 * variables. Also with the kernel lock held. O(size) if somebody looks, else a test of a flag.
 */
extern bool port_touches_watched;
void port_touch_watched(const void *begin, size_t size, bool writes, const struct heap_call *call);

static inline void port_touch(const void *begin, size_t size, bool writes,
                              const struct heap_call *call)
{
    if (port_touches_watched)
        port_touch_watched(begin, size, writes, call);
}

/* A text is about to be read up to its NUL. */
void port_touch_text_watched(const char *text, const struct heap_call *call);

static inline void port_touch_text(const char *text, const struct heap_call *call)
{
    if (port_touches_watched)
        port_touch_text_watched(text, call);
}

/*
 * All that port_format(buffer, size, format, args) touches; without a buffer (NULL, 0) only what it
 * reads. `args` stay as they are.
 */
void port_touch_format_watched(const char *buffer, size_t size, const char *format, va_list args,
                               const struct heap_call *call);

static inline void port_touch_format(const char *buffer, size_t size, const char *format,
                                     va_list args, const struct heap_call *call)
{
    if (port_touches_watched)
        port_touch_format_watched(buffer, size, format, args, call);
}

/* --- the C library's heap, as heaps that wrap malloc and free see it (heap_3 of FreeRTOS) --- */

/*
 * malloc: a block of at least `size` bytes (for 0 a least one) at a multiple of 8, where a 32-bit
 * target can point; 0 if there is no room. Where it lies is the C library's business: no promise.
 */
taddr_t port_libc_alloc(tsize_t size);

/* free, of a live block. */
void port_libc_free(taddr_t block);

/* Bytes at a block; 0 if it is no live block of port_libc_alloc(). */
tsize_t port_libc_usable(taddr_t block);

/* Where its blocks lie; of size 0 if there is no memory for them. */
void port_libc_region(taddr_t *begin, tsize_t *size);

/* As heap_ops.check and heap_ops.walk, for all that port_libc_alloc() gave out. */
bool port_libc_check(struct heap_fault *fault);
void port_libc_walk(bool (*visit)(void *context, const struct heap_block *block), void *context);

/* --- console --- */

/* Writes bytes to the board's console, unbuffered, in one piece. */
void port_console_write(const char *text, size_t length);

/* vsnprintf into a caller's buffer: returns the length the whole text needs. */
int port_format(char *buffer, size_t size, const char *format, va_list args);

/* --- events --- */

/* Every allocation, free, realloc and failure of every heap; see struct heap_event. */
void port_heap_event(const struct heap_event *event);

/*
 * One is about to begin, on `block` (0: none); the event follows when it is over. For heaps that
 * send events.
 */
void port_heap_begin(const struct heap *heap, taddr_t block);

/*
 * Around what the kernel itself does with memory that applications may not touch, outside of an
 * allocator's functions: tools that watch such accesses let it pass.
 */
void port_inside_begin(void);
void port_inside_end(void);

/* A heap used up its step budget: the place where time passes and an interrupt may arrive. */
void port_heap_point(struct heap *heap);

/* What happened in the kernel, for traces. `name` is the object's and stays valid. */
enum kernel_event {
    EVENT_TASK_CREATE,    /* task; priority */
    EVENT_TASK_CLOSE,     /* task */
    EVENT_READY,          /* task; priority */
    EVENT_SWITCH,         /* task that gets the core; priority */
    EVENT_SUSPEND,        /* task */
    EVENT_BLOCK,          /* object waited for; ticks */
    EVENT_WAKE,           /* task; enum wake_reason */
    EVENT_PRIORITY,       /* task; new priority, old priority */
    EVENT_ISR_ENTER,      /* line; nesting */
    EVENT_ISR_EXIT,       /* line; nesting */
    EVENT_SEM_TAKE,       /* semaphore; enum take_result, count left */
    EVENT_SEM_GIVE,       /* semaphore; 1 if given, count before */
    EVENT_MUTEX_TAKE,     /* mutex; enum take_result, holds */
    EVENT_MUTEX_RELEASE,  /* mutex; 1 if released, holds left */
    EVENT_POOL_ALLOC,     /* pool; block, enum take_result */
    EVENT_POOL_FREE,      /* pool; block */
    EVENT_DELETE,         /* object */
    EVENT_AFFINITY,       /* task; cores 0 to 31 and 32 to 63 that it may run on, as bits */
    EVENT_FLAGS_SET,      /* event; flags set, flags then */
    EVENT_FLAGS_CLEAR,    /* event; flags cleared, flags then */
    EVENT_FLAGS_TAKE,     /* event; enum take_result, flags found */
    EVENT_QUEUE_SEND,     /* queue or mailbox; enum take_result, items then */
    EVENT_QUEUE_RECEIVE,  /* queue or mailbox; enum take_result, items then */
    EVENT_STREAM_SEND,    /* stream; bytes sent, bytes then */
    EVENT_STREAM_RECEIVE, /* stream; bytes received, bytes then */
    EVENT_NOTIFY,         /* notification; 1 if done, value then */
    EVENT_NOTIFY_TAKE,    /* notification; enum take_result, value found */
    EVENT_TIMER_START,    /* timer; tick of expiry, period */
    EVENT_TIMER_STOP,     /* timer */
    EVENT_TIMER_EXPIRE,   /* timer; tick it was due at */
    KERNEL_EVENTS
};
void port_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                       const char *name);

/*
 * What happens to interrupt lines, for their statistics: a line becomes pending on a core (`again`:
 * it was already), its ISR begins (`chained`: right after another one) and ends.
 */
void port_irq_raised(unsigned core, unsigned line, bool again);
void port_irq_enter(unsigned line, bool chained);
void port_irq_exit(unsigned line);

/*
 * Interrupts go off on this core, and on again; `site`: the call that put them off, or NULL. Only
 * while kernel.irq.watched.
 */
void port_irq_off(void);
void port_irq_on(const void *site);

/*
 * What orders the application's accesses to its memory, and is none of the events above: for the
 * race detector. A section begins after it has been entered, and ends before it is left.
 */
enum port_order {
    ORDER_MASKED,    /* section with interrupts off on this core; the other cores excluded */
    ORDER_LEVEL,     /* section with lines of the core's mask level and less urgent ones off */
    ORDER_SCHEDULER, /* section with the scheduler locked on this core; nests */
    ORDER_SUSPENDED, /* section with it suspended on all cores; nests */
    ORDER_SECTIONS,
    ORDER_LINE = ORDER_SECTIONS, /* line `value` was set up, or let in again */
    ORDER_RAISE,                 /* line `value` is raised by the caller */
    ORDER_LINE_OFF,              /* line `value` does not come in any more */
    ORDER_LOOK, /* object `value` is found as others left it, without a take or receive */
    ORDER_FULL  /* a queue `value` is full by what the caller sends: others had made that room */
};

extern bool port_orders_watched;
void port_order_watched(enum port_order order, bool begins, uint32_t value);

static inline void port_order(enum port_order order, bool begins, uint32_t value)
{
    if (port_orders_watched)
        port_order_watched(order, begins, value);
}

/* A misuse was found. Returns when the policy is to go on; the caller then answers the call. */
void port_diagnosis(const struct diagnosis *diagnosis);

/* An invariant of heapsim itself does not hold: reports it and ends the process with exit 70. */
_Noreturn void port_panic(const char *file, int line, const char *condition);

#endif
