/*
 * Calls refused and allowed by turns in one run, in every context, on any number of cores: what is
 * refused changes nothing, what is allowed goes on working. One call a kind of rule; what each call
 * may do where, and what is printed of it, is the business of tests/rules.
 */
#include "check.h"

enum context { THREAD, ISR, CRITICAL, MASKED, IDLE, CONTEXTS };

enum {
    NOWHERE = 0,
    IN_ISR = 1 << ISR,
    LOCKED = 1 << CRITICAL | 1 << MASKED,
    IN_IDLE = 1 << IDLE,
    HEAP = IN_ISR | LOCKED | 1 << CONTEXTS, /* with --heap-lock=interrupts nowhere */
    CREATE = HEAP | 1 << (CONTEXTS + 1)     /* then in an ISR still */
};

static const char *const context_names[] = {"thread", "isr", "critical", "masked", "idle"};

/* What the calls work on; prepared before each call, taken back after it. */
static struct rt_semaphore empty, full;
static struct rt_mutex free_mutex, own_mutex;
static struct rt_event event;
static struct rt_mempool empty_pool, full_pool;
static rt_uint8_t empty_memory[72], full_memory[72];
static rt_sem_t sem;
static rt_thread_t thread;
static void *block;

static void stops(void *unused)
{
    rt_thread_suspend(rt_thread_self());
    rt_schedule();
}

static void set_up(void)
{
    rt_event_init(&event, "event", RT_IPC_FLAG_FIFO);
    rt_sem_init(&empty, "empty", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&full, "full", 1, RT_IPC_FLAG_FIFO);
    rt_mutex_init(&free_mutex, "free", RT_IPC_FLAG_PRIO);
    rt_mutex_init(&own_mutex, "own", RT_IPC_FLAG_PRIO);
    rt_mutex_take(&own_mutex, RT_WAITING_FOREVER);
    rt_mp_init(&empty_pool, "empty", empty_memory, sizeof empty_memory, 60);
    rt_mp_alloc(&empty_pool, RT_WAITING_NO);
    rt_mp_init(&full_pool, "full", full_memory, sizeof full_memory, 60);
    sem = rt_sem_create("sem", 0, RT_IPC_FLAG_FIFO);
    thread = prepare(stops, RT_NULL, 12);
    block = rt_malloc(16);
}

static void take_back(void)
{
    rt_event_detach(&event);
    if (sem->live)
        rt_sem_delete(sem);
    if (thread != RT_NULL)
        rt_thread_delete(thread);
    rt_free(block);
    rt_sem_detach(&empty);
    rt_sem_detach(&full);
    rt_mutex_detach(&free_mutex);
    rt_mutex_detach(&own_mutex);
    rt_mp_detach(&empty_pool);
    rt_mp_detach(&full_pool);
    rt_thread_delay(2);
}

/* --- the calls: each returns its answer, a pointer as 1 or 0 --- */

static long call_malloc(void)
{
    void *const got = rt_malloc(16);

    if (got == RT_NULL)
        return 0;
    rt_free(got);
    return 1;
}

static long call_realloc(void)
{
    void *const got = rt_realloc(block, 100);

    if (got != RT_NULL)
        block = got;
    return got != RT_NULL;
}

/* What a refused free leaves is freed by take_back(): run_case() sees it if it is not. */
static long call_free(void)
{
    struct heap *const heap = &kernel.system_heap;
    struct heap_stats before, after;

    heap->ops->stats(heap, &before);
    rt_free(block);
    heap->ops->stats(heap, &after);
    if (after.used == before.used)
        return 0;
    block = RT_NULL;
    return 1;
}

static long call_sem_take(void)
{
    return rt_sem_take(&empty, 2);
}

static long call_sem_take_forever(void)
{
    return rt_sem_take(&full, RT_WAITING_FOREVER);
}

static long call_sem_create(void)
{
    const rt_sem_t made = rt_sem_create("made", 0, RT_IPC_FLAG_FIFO);

    if (made == RT_NULL)
        return 0;
    rt_sem_delete(made);
    return 1;
}

static long call_sem_delete(void)
{
    return rt_sem_delete(sem);
}

static long call_mutex_take(void)
{
    const rt_err_t answer = rt_mutex_take(&free_mutex, 2);

    if (answer == RT_EOK)
        rt_mutex_release(&free_mutex);
    return answer;
}

static long call_mutex_take_owned(void)
{
    const rt_err_t answer = rt_mutex_take(&own_mutex, 2);

    if (answer == RT_EOK)
        rt_mutex_release(&own_mutex);
    return answer == -RT_ETIMEOUT ? RT_EOK : answer;
}

static long call_mutex_release(void)
{
    return rt_mutex_release(&own_mutex);
}

static long call_mp_alloc(void)
{
    return rt_mp_alloc(&empty_pool, 2) != RT_NULL;
}

static long call_mp_alloc_free(void)
{
    void *const got = rt_mp_alloc(&full_pool, RT_WAITING_FOREVER);

    rt_mp_free(got);
    return got != RT_NULL;
}

static long call_thread_create(void)
{
    const rt_thread_t made = rt_thread_create("made", stops, RT_NULL, 256, 20, 5);

    if (made == RT_NULL)
        return 0;
    rt_thread_delete(made);
    return 1;
}

static long call_thread_delete(void)
{
    const rt_thread_t deleted = thread;

    thread = RT_NULL;
    return rt_thread_delete(deleted);
}

static long call_thread_delay(void)
{
    return rt_thread_delay(1);
}

static long call_event_recv_now(void)
{
    rt_uint32_t got;

    return rt_event_recv(&event, 2, RT_EVENT_FLAG_OR, RT_WAITING_NO, &got);
}

static long call_event_recv_there(void)
{
    rt_uint32_t got;

    rt_event_send(&event, 2);
    return rt_event_recv(&event, 2, RT_EVENT_FLAG_OR, RT_WAITING_FOREVER, &got);
}

static const struct {
    const char *name;
    long (*call)(void);
    unsigned forbidden;
    long refused, allowed; /* what it answers */
} calls[] = {
    {"rt_malloc", call_malloc, HEAP, 0, 1},
    {"rt_realloc", call_realloc, HEAP, 0, 1},
    {"rt_free", call_free, HEAP, 0, 1},
    {"rt_sem_take", call_sem_take, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_sem_take_forever", call_sem_take_forever, NOWHERE, 0, RT_EOK},
    {"rt_sem_create", call_sem_create, CREATE, 0, 1},
    {"rt_sem_delete", call_sem_delete, CREATE, -RT_ERROR, RT_EOK},
    {"rt_mutex_take", call_mutex_take, IN_ISR | LOCKED, -RT_ERROR, RT_EOK},
    {"rt_mutex_take", call_mutex_take_owned, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, RT_EOK},
    {"rt_mutex_release", call_mutex_release, IN_ISR, -RT_ERROR, RT_EOK},
    {"rt_mp_alloc", call_mp_alloc, IN_ISR | LOCKED | IN_IDLE, 0, 0},
    {"rt_mp_alloc_free", call_mp_alloc_free, NOWHERE, 0, 1},
    {"rt_thread_create", call_thread_create, CREATE, 0, 1},
    {"rt_thread_delete", call_thread_delete, NOWHERE, 0, RT_EOK},
    {"rt_thread_delay", call_thread_delay, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, RT_EOK},
    {"rt_event_recv", call_event_recv_now, IN_ISR | LOCKED, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_event_recv", call_event_recv_there, IN_ISR | LOCKED, -RT_ERROR, RT_EOK},
};

static bool is_forbidden(unsigned call, enum context context)
{
    const unsigned forbidden = calls[call].forbidden;

    if (context == THREAD)
        return false;
    if (kernel.heap_lock == HEAP_LOCK_INTERRUPTS && forbidden == HEAP)
        return false;
    if (kernel.heap_lock == HEAP_LOCK_INTERRUPTS && forbidden == CREATE)
        return context == ISR;
    return (forbidden & 1u << context) != 0;
}

/* --- making one in a context --- */

enum { LINE = 3, UNANSWERED = 1000 };

static long (*volatile chosen)(void);
static volatile long answer;

static void make_call(void)
{
    const rt_base_t level = rt_hw_interrupt_disable();
    long (*const call)(void) = chosen;

    chosen = RT_NULL;
    rt_hw_interrupt_enable(level);
    if (call != RT_NULL)
        answer = call();
}

static void isr(int line, void *unused)
{
    rt_interrupt_enter();
    make_call();
    rt_interrupt_leave();
}

static void make_in(enum context context)
{
    rt_base_t level;

    switch (context) {
    case THREAD:
        make_call();
        break;
    case ISR:
        rt_hw_interrupt_install(LINE, isr, RT_NULL, "context");
        sim_raise(LINE);
        break;
    case CRITICAL:
        rt_enter_critical();
        make_call();
        rt_exit_critical();
        break;
    case MASKED:
        level = rt_hw_interrupt_disable();
        answer = chosen();
        rt_hw_interrupt_enable(level);
        break;
    default:
        rt_thread_idle_sethook(make_call);
        for (unsigned tries = 0; tries < 1000 && answer == UNANSWERED; tries++)
            rt_thread_delay(2); /* once, unless the host is late */
        rt_thread_idle_delhook(make_call);
    }
}

/* The mutex that main owns is another's in the idle thread: released there, it is no misuse. */
static long expected_answer(unsigned call, enum context context)
{
    if (context == IDLE && calls[call].call == call_mutex_release)
        return -RT_ERROR;
    return is_forbidden(call, context) ? calls[call].refused : calls[call].allowed;
}

static void try_call(unsigned call, enum context context)
{
    const bool forbidden = is_forbidden(call, context);
    char what[64];

    rt_snprintf(what, sizeof what, "%s (%u) in %s", calls[call].name, call, context_names[context]);
    case_name = what;
    set_up();
    answer = UNANSWERED;
    chosen = calls[call].call;
    make_in(context);
    CHECK_EQUAL(answer, expected_answer(call, context));
    CHECK(diagnosed(DIAGNOSIS_CONTEXT, forbidden ? 1 : 0));
    take_back();
    case_name = "all";
}

static void all(void)
{
    for (unsigned call = 0; call < COUNT(calls); call++)
        for (enum context context = THREAD; context < CONTEXTS; context++)
            try_call(call, context);
}

int main(void)
{
    static const struct test_case cases[] = {{"all", all}};

    return run_cases(cases, COUNT(cases));
}
