/*
 * Lines are formatted into a buffer that goes out when it is full: no malloc, no stdio, since an
 * event may come from a signal handler.
 */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if HEAPSIM_HAVE_LIBMD
#include <sha2.h>
#endif

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "engine.h"
#include "events.h"
#include "last_words.h"
#include "reach.h"

enum { BUFFER = 1 << 16, LINE_MAX_BYTES = 256, SAVE_TRIES = 10000 };

static struct {
    _Atomic bool active; /* a file or the hash */
    bool hashing;
    int file; /* -1: none */
    atomic_flag busy;
    size_t used;
    size_t written; /* of them, to the file */
    char buffer[BUFFER];
#if HEAPSIM_HAVE_LIBMD
    SHA2_CTX hash;
#endif
} trace = {.file = -1, .busy = ATOMIC_FLAG_INIT};

static const char *const event_names[KERNEL_EVENTS] = {[EVENT_TASK_CREATE] = "task-create",
                                                       [EVENT_TASK_CLOSE] = "task-close",
                                                       [EVENT_READY] = "ready",
                                                       [EVENT_SWITCH] = "switch",
                                                       [EVENT_SUSPEND] = "suspend",
                                                       [EVENT_BLOCK] = "block",
                                                       [EVENT_WAKE] = "wake",
                                                       [EVENT_PRIORITY] = "priority",
                                                       [EVENT_ISR_ENTER] = "isr-enter",
                                                       [EVENT_ISR_EXIT] = "isr-exit",
                                                       [EVENT_SEM_TAKE] = "sem-take",
                                                       [EVENT_SEM_GIVE] = "sem-give",
                                                       [EVENT_MUTEX_TAKE] = "mutex-take",
                                                       [EVENT_MUTEX_RELEASE] = "mutex-release",
                                                       [EVENT_POOL_ALLOC] = "pool-alloc",
                                                       [EVENT_POOL_FREE] = "pool-free",
                                                       [EVENT_DELETE] = "delete",
                                                       [EVENT_AFFINITY] = "affinity",
                                                       [EVENT_FLAGS_SET] = "flags-set",
                                                       [EVENT_FLAGS_CLEAR] = "flags-clear",
                                                       [EVENT_FLAGS_TAKE] = "flags-take",
                                                       [EVENT_QUEUE_SEND] = "queue-send",
                                                       [EVENT_QUEUE_RECEIVE] = "queue-receive",
                                                       [EVENT_STREAM_SEND] = "stream-send",
                                                       [EVENT_STREAM_RECEIVE] = "stream-receive",
                                                       [EVENT_NOTIFY] = "notify",
                                                       [EVENT_NOTIFY_TAKE] = "notify-take",
                                                       [EVENT_TIMER_START] = "timer-start",
                                                       [EVENT_TIMER_STOP] = "timer-stop",
                                                       [EVENT_TIMER_EXPIRE] = "timer-expire"};

static const char *const heap_event_names[] = {[HEAP_EVENT_ALLOC] = "heap-alloc",
                                               [HEAP_EVENT_FREE] = "heap-free",
                                               [HEAP_EVENT_REALLOC] = "heap-realloc",
                                               [HEAP_EVENT_FAIL] = "heap-fail"};

static const char *const wake_names[WAKE_REASONS] = {[WAKE_GIVEN] = "given",
                                                     [WAKE_TIMEOUT] = "timeout",
                                                     [WAKE_DELETED] = "deleted",
                                                     [WAKE_RESUMED] = "resumed",
                                                     [WAKE_AGAIN] = "look again"};

const char *trace_event_name(enum kernel_event event)
{
    return event_names[event];
}

const char *trace_wake_name(enum wake_reason reason)
{
    return wake_names[reason];
}

bool trace_can_hash(void)
{
    return HEAPSIM_HAVE_LIBMD;
}

static void flush(void)
{
#if HEAPSIM_HAVE_LIBMD
    if (trace.hashing)
        SHA256Update(&trace.hash, (const uint8_t *)trace.buffer, trace.used);
#endif
    while (trace.file >= 0 && trace.written < trace.used) {
        const ssize_t wrote =
            write(trace.file, trace.buffer + trace.written, trace.used - trace.written);

        if (wrote < 0 && errno != EINTR) {
            close(trace.file); /* a full disk must not change the run */
            trace.file = -1;
        } else if (wrote > 0) {
            trace.written += (size_t)wrote;
        }
    }
    trace.used = trace.written = 0;
}

/*
 * The process dies: whole lines go out. Whoever writes one meanwhile may be the interrupted code,
 * so its end is not waited for long; after that nothing more is written.
 */
static void save(int number)
{
    (void)number;
    for (unsigned i = 0; i < SAVE_TRIES && atomic_flag_test_and_set(&trace.busy); i++)
        sched_yield();
    while (trace.file >= 0 && trace.written < trace.used) {
        const ssize_t wrote =
            write(trace.file, trace.buffer + trace.written, trace.used - trace.written);

        if (wrote <= 0)
            break;
        trace.written += (size_t)wrote;
    }
    trace.file = -1;
}

/* --- lines --- */

/* Who did it: "boot", "idle0", a task's name, or an interrupt line with "isr:" before it. */
static void format_context(char *text, size_t size)
{
    const struct core *const c = kernel_core();

    if (c->interrupts > 0)
        snprintf(text, size, "isr:%u", c->isr_line);
    else
        snprintf(text, size, "%s", c->current != NULL ? c->current->name : "boot");
}

/* Names are one field of a line: blanks and control characters become '_'. */
static void one_field(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ')
            *text = '_';
}

static void put(const char *event, uint32_t id, const char *name, const char *arguments)
{
    char context[TASK_NAME_MAX + 1];
    char object[TASK_NAME_MAX + 1];

    if (atomic_flag_test_and_set_explicit(&trace.busy, memory_order_acquire))
        return; /* the process dies, and all is written */
    if (BUFFER - trace.used < LINE_MAX_BYTES)
        flush();
    format_context(context, sizeof context);
    snprintf(object, sizeof object, "%s", name != NULL && name[0] != '\0' ? name : "-");
    one_field(context);
    one_field(object);
    trace.used += (size_t)snprintf(trace.buffer + trace.used, LINE_MAX_BYTES,
                                   "%llu %u %s %s %u %s %s\n", (unsigned long long)engine_now(),
                                   port_core(), context, event, id, object, arguments);
    atomic_flag_clear_explicit(&trace.busy, memory_order_release);
}

static void on_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                            const char *name)
{
    char arguments[32];

    snprintf(arguments, sizeof arguments, "%u %u", a, b);
    put(event_names[event], id, name, arguments);
}

static void on_heap_event(const struct heap_event *event)
{
    char arguments[64];

    if (!heap_event_of_block(event->kind))
        return;
    snprintf(arguments, sizeof arguments, "0x%x 0x%x %u %u", event->address, event->old,
             event->size, event->cost.steps);
    put(heap_event_names[event->kind], event->heap->object, event->heap->name, arguments);
}

static const struct event_sink sink = {.heap = on_heap_event, .kernel = on_kernel_event};

/* --- life --- */

bool trace_open(const char *path, bool hash)
{
    reach_leave_out(&trace, sizeof trace);
    if (path != NULL) {
        trace.file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (trace.file < 0)
            return false;
        last_words_add(save);
    }
    trace.hashing = hash;
    trace.active = hash || path != NULL;
#if HEAPSIM_HAVE_LIBMD
    SHA256Init(&trace.hash);
#endif
    if (trace.active)
        events_add_sink(&sink);
    return true;
}

void trace_hash_text(char *text, size_t size)
{
    snprintf(text, size, "-");
#if HEAPSIM_HAVE_LIBMD
    if (trace.hashing && trace.active) {
        char digest[SHA256_DIGEST_STRING_LENGTH];

        trace.active = false;
        flush();
        snprintf(text, size, "%s", SHA256End(&trace.hash, digest));
    }
#endif
}

void trace_close(void)
{
    if (!trace.active)
        return;
    events_remove_sink(&sink);
    trace.active = false;
    flush();
    if (trace.file >= 0)
        close(trace.file);
#if HEAPSIM_HAVE_LIBMD
    if (trace.hashing) {
        char digest[SHA256_DIGEST_STRING_LENGTH];

        fprintf(stdout, "trace-hash %s\n", SHA256End(&trace.hash, digest));
        fflush(stdout);
    }
#endif
}
