/*
 * From where which call is forbidden. Without arguments every call is made in every context, and
 * misuse and answers are compared with the table (run it with --on-violation=return). With the
 * argument `list` it prints the forbidden pairs; with a call and a context it makes that one call.
 */
#include <stdlib.h>

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
static struct rt_mailbox empty_box, full_box;
static struct rt_messagequeue empty_queue, full_queue;
static struct rt_timer timer;
static rt_uint8_t mail[4], full_mail[4], message[16], full_message[16];
static struct rt_mempool empty_pool, full_pool;
static rt_uint8_t empty_memory[72], full_memory[72];
static rt_sem_t sem;
static rt_mutex_t mutex;
static rt_mp_t pool;
static rt_event_t made_event;
static rt_mailbox_t made_box;
static rt_mq_t made_queue;
static rt_timer_t made_timer;
static rt_thread_t thread;
static void *block;

static void stops(void *unused)
{
    rt_thread_suspend(rt_thread_self());
    rt_schedule();
}

static void nothing(void *unused)
{
}

static void set_up_queues(void)
{
    rt_event_init(&event, "event", RT_IPC_FLAG_FIFO);
    rt_mb_init(&empty_box, "empty", mail, 1, RT_IPC_FLAG_FIFO);
    rt_mb_init(&full_box, "full", full_mail, 1, RT_IPC_FLAG_FIFO);
    rt_mb_send(&full_box, 1);
    rt_mq_init(&empty_queue, "empty", message, 8, sizeof message, RT_IPC_FLAG_FIFO);
    rt_mq_init(&full_queue, "full", full_message, 8, sizeof full_message, RT_IPC_FLAG_FIFO);
    rt_mq_send(&full_queue, "x", 2);
    rt_timer_init(&timer, "timer", nothing, RT_NULL, 1000, RT_TIMER_FLAG_SOFT_TIMER);
    made_event = rt_event_create("event", RT_IPC_FLAG_FIFO);
    made_box = rt_mb_create("box", 1, RT_IPC_FLAG_FIFO);
    made_queue = rt_mq_create("queue", 8, 1, RT_IPC_FLAG_FIFO);
    made_timer = rt_timer_create("timer", nothing, RT_NULL, 5, RT_TIMER_FLAG_HARD_TIMER);
}

static void take_back_queues(void)
{
    if (made_event->live)
        rt_event_delete(made_event);
    if (made_box->live)
        rt_mb_delete(made_box);
    if (made_queue->live)
        rt_mq_delete(made_queue);
    if (made_timer->live)
        rt_timer_delete(made_timer);
    rt_event_detach(&event);
    rt_mb_detach(&empty_box);
    rt_mb_detach(&full_box);
    rt_mq_detach(&empty_queue);
    rt_mq_detach(&full_queue);
    rt_timer_detach(&timer);
}

static void set_up(void)
{
    set_up_queues();
    rt_sem_init(&empty, "empty", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&full, "full", 1, RT_IPC_FLAG_FIFO);
    rt_mutex_init(&free_mutex, "free", RT_IPC_FLAG_PRIO);
    rt_mutex_init(&own_mutex, "own", RT_IPC_FLAG_PRIO);
    rt_mutex_take(&own_mutex, RT_WAITING_FOREVER);
    rt_mp_init(&empty_pool, "empty", empty_memory, sizeof empty_memory, 60);
    rt_mp_alloc(&empty_pool, RT_WAITING_NO);
    rt_mp_init(&full_pool, "full", full_memory, sizeof full_memory, 60);
    sem = rt_sem_create("sem", 0, RT_IPC_FLAG_FIFO);
    mutex = rt_mutex_create("mutex", RT_IPC_FLAG_PRIO);
    pool = rt_mp_create("pool", 1, 32);
    thread = prepare(stops, RT_NULL, 12);
    block = rt_malloc(16);
}

static void take_back(void)
{
    take_back_queues();
    if (sem->live)
        rt_sem_delete(sem);
    if (mutex->live)
        rt_mutex_delete(mutex);
    if (pool->live)
        rt_mp_delete(pool);
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

static long call_calloc(void)
{
    void *const got = rt_calloc(2, 8);

    if (got == RT_NULL)
        return 0;
    rt_free(got);
    return 1;
}

static long call_malloc_align(void)
{
    void *const got = rt_malloc_align(16, 64);

    if (got == RT_NULL)
        return 0;
    rt_free_align(got);
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

static long call_memory_info(void)
{
    rt_size_t total;

    rt_memory_info(&total, RT_NULL, RT_NULL);
    return total != 0;
}

static long call_sem_take(void)
{
    return rt_sem_take(&empty, 2);
}

static long call_sem_take_forever(void)
{
    return rt_sem_take(&full, RT_WAITING_FOREVER);
}

static long call_sem_trytake(void)
{
    return rt_sem_trytake(&empty);
}

static long call_sem_release(void)
{
    return rt_sem_release(&empty);
}

static long call_sem_control(void)
{
    return rt_sem_control(&empty, RT_IPC_CMD_RESET, (void *)1);
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

static long call_mutex_trytake(void)
{
    const rt_err_t answer = rt_mutex_trytake(&free_mutex);

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

static long call_mutex_create(void)
{
    const rt_mutex_t made = rt_mutex_create("made", RT_IPC_FLAG_PRIO);

    if (made == RT_NULL)
        return 0;
    rt_mutex_delete(made);
    return 1;
}

static long call_mutex_delete(void)
{
    return rt_mutex_delete(mutex);
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

static long call_mp_alloc_now(void)
{
    return rt_mp_alloc(&empty_pool, RT_WAITING_NO) != RT_NULL;
}

static long call_mp_create(void)
{
    const rt_mp_t made = rt_mp_create("made", 2, 16);

    if (made == RT_NULL)
        return 0;
    rt_mp_delete(made);
    return 1;
}

static long call_mp_delete(void)
{
    return rt_mp_delete(pool);
}

static long call_thread_create(void)
{
    const rt_thread_t made = rt_thread_create("made", stops, RT_NULL, 256, 20, 5);

    if (made == RT_NULL)
        return 0;
    rt_thread_delete(made);
    return 1;
}

static long call_thread_startup(void)
{
    const rt_err_t answer = rt_thread_startup(thread);

    rt_thread_suspend(thread);
    return answer;
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

static long call_thread_mdelay(void)
{
    return rt_thread_mdelay(1);
}

static long call_thread_delay_until(void)
{
    rt_tick_t now = rt_tick_get();

    return rt_thread_delay_until(&now, 2);
}

static long call_thread_yield(void)
{
    return rt_thread_yield();
}

static long call_critical(void)
{
    rt_enter_critical();
    rt_exit_critical();
    rt_schedule();
    return rt_tick_get() > 0;
}

static long call_event_send(void)
{
    return rt_event_send(&event, 1);
}

static long call_event_recv(void)
{
    rt_uint32_t got;

    return rt_event_recv(&event, 2, RT_EVENT_FLAG_OR, 2, &got);
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

static long call_event_control(void)
{
    return rt_event_control(&event, RT_IPC_CMD_RESET, RT_NULL);
}

static long call_event_create(void)
{
    const rt_event_t made = rt_event_create("made", RT_IPC_FLAG_FIFO);

    if (made == RT_NULL)
        return 0;
    rt_event_delete(made);
    return 1;
}

static long call_event_delete(void)
{
    return rt_event_delete(made_event);
}

static long call_mb_send(void)
{
    return rt_mb_send(&empty_box, 1);
}

static long call_mb_send_wait(void)
{
    return rt_mb_send_wait(&full_box, 1, 2);
}

static long call_mb_urgent(void)
{
    return rt_mb_urgent(&full_box, 1);
}

static long call_mb_recv(void)
{
    rt_ubase_t value;

    return rt_mb_recv(&empty_box, &value, 2);
}

static long call_mb_recv_there(void)
{
    rt_ubase_t value;

    return rt_mb_recv(&full_box, &value, RT_WAITING_FOREVER);
}

static long call_mb_recv_now(void)
{
    rt_ubase_t value;

    return rt_mb_recv(&empty_box, &value, RT_WAITING_NO);
}

static long call_mb_create(void)
{
    const rt_mailbox_t made = rt_mb_create("made", 1, RT_IPC_FLAG_FIFO);

    if (made == RT_NULL)
        return 0;
    rt_mb_delete(made);
    return 1;
}

static long call_mb_delete(void)
{
    return rt_mb_delete(made_box);
}

static long call_mq_send(void)
{
    return rt_mq_send(&empty_queue, "x", 2);
}

static long call_mq_send_wait(void)
{
    return rt_mq_send_wait(&full_queue, "x", 2, 2);
}

static long call_mq_urgent(void)
{
    return rt_mq_urgent(&full_queue, "x", 2);
}

static long call_mq_recv(void)
{
    rt_uint8_t text[8];

    return rt_mq_recv(&empty_queue, text, sizeof text, 2);
}

static long call_mq_recv_now(void)
{
    rt_uint8_t text[8];

    return rt_mq_recv(&empty_queue, text, sizeof text, RT_WAITING_NO);
}

static long call_mq_create(void)
{
    const rt_mq_t made = rt_mq_create("made", 4, 1, RT_IPC_FLAG_FIFO);

    if (made == RT_NULL)
        return 0;
    rt_mq_delete(made);
    return 1;
}

static long call_mq_delete(void)
{
    return rt_mq_delete(made_queue);
}

static long call_timer_start(void)
{
    const rt_err_t answer = rt_timer_start(&timer);

    return answer != RT_EOK ? answer : rt_timer_stop(&timer);
}

static long call_timer_control(void)
{
    rt_tick_t time = 1000;

    return rt_timer_control(&timer, RT_TIMER_CTRL_SET_TIME, &time);
}

static long call_timer_create(void)
{
    const rt_timer_t made = rt_timer_create("made", nothing, RT_NULL, 5, 0);

    if (made == RT_NULL)
        return 0;
    rt_timer_delete(made);
    return 1;
}

static long call_timer_delete(void)
{
    return rt_timer_delete(made_timer);
}

static const struct {
    const char *name;
    long (*call)(void);
    unsigned forbidden;
    long refused, allowed; /* what it answers */
} calls[] = {
    {"rt_malloc", call_malloc, HEAP, 0, 1},
    {"rt_calloc", call_calloc, HEAP, 0, 1},
    {"rt_malloc_align", call_malloc_align, HEAP, 0, 1},
    {"rt_realloc", call_realloc, HEAP, 0, 1},
    {"rt_free", call_free, HEAP, 0, 1},
    {"rt_memory_info", call_memory_info, HEAP, 0, 1},
    {"rt_sem_take", call_sem_take, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_sem_take_forever", call_sem_take_forever, NOWHERE, 0, RT_EOK},
    {"rt_sem_trytake", call_sem_trytake, NOWHERE, 0, -RT_ETIMEOUT},
    {"rt_sem_release", call_sem_release, NOWHERE, 0, RT_EOK},
    {"rt_sem_control", call_sem_control, NOWHERE, 0, RT_EOK},
    {"rt_sem_create", call_sem_create, CREATE, 0, 1},
    {"rt_sem_delete", call_sem_delete, CREATE, -RT_ERROR, RT_EOK},
    {"rt_mutex_take", call_mutex_take, IN_ISR | LOCKED, -RT_ERROR, RT_EOK},
    {"rt_mutex_trytake", call_mutex_trytake, IN_ISR | LOCKED, -RT_ERROR, RT_EOK},
    {"rt_mutex_take", call_mutex_take_owned, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, RT_EOK},
    {"rt_mutex_release", call_mutex_release, IN_ISR, -RT_ERROR, RT_EOK},
    {"rt_mutex_create", call_mutex_create, CREATE, 0, 1},
    {"rt_mutex_delete", call_mutex_delete, CREATE, -RT_ERROR, RT_EOK},
    {"rt_mp_alloc", call_mp_alloc, IN_ISR | LOCKED | IN_IDLE, 0, 0},
    {"rt_mp_alloc_free", call_mp_alloc_free, NOWHERE, 0, 1},
    {"rt_mp_alloc_now", call_mp_alloc_now, NOWHERE, 0, 0},
    {"rt_mp_create", call_mp_create, CREATE, 0, 1},
    {"rt_mp_delete", call_mp_delete, CREATE, -RT_ERROR, RT_EOK},
    {"rt_thread_create", call_thread_create, CREATE, 0, 1},
    {"rt_thread_startup", call_thread_startup, NOWHERE, 0, RT_EOK},
    {"rt_thread_delete", call_thread_delete, NOWHERE, 0, RT_EOK},
    {"rt_thread_delay", call_thread_delay, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, RT_EOK},
    {"rt_thread_mdelay", call_thread_mdelay, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, RT_EOK},
    {"rt_thread_delay_until", call_thread_delay_until, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR,
     RT_EOK},
    {"rt_thread_yield", call_thread_yield, NOWHERE, 0, RT_EOK},
    {"rt_enter_critical", call_critical, NOWHERE, 0, 1},
    {"rt_event_send", call_event_send, NOWHERE, 0, RT_EOK},
    {"rt_event_recv", call_event_recv, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_event_recv", call_event_recv_now, IN_ISR | LOCKED, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_event_recv", call_event_recv_there, IN_ISR | LOCKED, -RT_ERROR, RT_EOK},
    {"rt_event_control", call_event_control, NOWHERE, 0, RT_EOK},
    {"rt_event_create", call_event_create, CREATE, 0, 1},
    {"rt_event_delete", call_event_delete, CREATE, -RT_ERROR, RT_EOK},
    {"rt_mb_send", call_mb_send, NOWHERE, 0, RT_EOK},
    {"rt_mb_send_wait", call_mb_send_wait, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_mb_urgent", call_mb_urgent, NOWHERE, 0, -RT_EFULL},
    {"rt_mb_recv", call_mb_recv, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_mb_recv_there", call_mb_recv_there, NOWHERE, 0, RT_EOK},
    {"rt_mb_recv_now", call_mb_recv_now, NOWHERE, 0, -RT_ETIMEOUT},
    {"rt_mb_create", call_mb_create, CREATE, 0, 1},
    {"rt_mb_delete", call_mb_delete, CREATE, -RT_ERROR, RT_EOK},
    {"rt_mq_send", call_mq_send, NOWHERE, 0, RT_EOK},
    {"rt_mq_send_wait", call_mq_send_wait, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_mq_urgent", call_mq_urgent, NOWHERE, 0, -RT_EFULL},
    {"rt_mq_recv", call_mq_recv, IN_ISR | LOCKED | IN_IDLE, -RT_ERROR, -RT_ETIMEOUT},
    {"rt_mq_recv_now", call_mq_recv_now, NOWHERE, 0, -RT_ETIMEOUT},
    {"rt_mq_create", call_mq_create, CREATE, 0, 1},
    {"rt_mq_delete", call_mq_delete, CREATE, -RT_ERROR, RT_EOK},
    {"rt_timer_start", call_timer_start, NOWHERE, 0, RT_EOK},
    {"rt_timer_control", call_timer_control, NOWHERE, 0, RT_EOK},
    {"rt_timer_create", call_timer_create, CREATE, 0, 1},
    {"rt_timer_delete", call_timer_delete, CREATE, -RT_ERROR, RT_EOK},
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

enum { LINE = 3 };

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
        rt_thread_delay(2);
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
    answer = 1000;
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

static void list(void)
{
    for (unsigned call = 0; call < COUNT(calls); call++)
        for (enum context context = THREAD; context < CONTEXTS; context++)
            if (is_forbidden(call, context))
                rt_kprintf("%u %s %s\n", call, calls[call].name, context_names[context]);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {{"all", all}};

    if (argc == 1)
        return run_cases(cases, COUNT(cases));
    if (strcmp(argv[1], "list") == 0) {
        list();
        rt_thread_delay(1);
        return 0;
    }
    set_up();
    chosen = calls[atoi(argv[1])].call;
    for (enum context context = THREAD; context < CONTEXTS; context++)
        if (strcmp(argv[2], context_names[context]) == 0)
            make_in(context);
    rt_kprintf("went on\n");
    return 0;
}
