/*
 * What orders accesses to memory, and what does not: a case each, by case=NAME. The table in
 * CMakeLists.txt says which of them are races, on how many cores.
 */
#include <rthw.h>
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

enum { ROUNDS = 40, LINE = 3, OTHER_LINE = 4, PRIORITY = 15 };

static struct rt_semaphore done, go;
static struct rt_mutex lock, other_lock;
static struct rt_event event;

static int shared;
static int volatile shared_volatile;
static int volatile flag;
static int plain_flag;
static char buffer[64];
static struct {
    rt_uint8_t a, b;
} neighbours;
static struct {
    unsigned a : 4, b : 4;
} bits;
static int *box;

static __attribute__((noinline)) void add(void)
{
    shared++;
}

static int bound; /* threads are bound to core 0 */

static rt_thread_t make(const char *name, void (*entry)(void *), void *argument)
{
    const rt_thread_t thread = rt_thread_create(name, entry, argument, 1024, PRIORITY, 5);

    if (bound)
        rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)0);
    return thread;
}

/* Starts both at once; returns when both have said that they are done. */
static void run_two(void (*one)(void *), void (*two)(void *))
{
    rt_thread_startup(make("one", one, (void *)1));
    rt_thread_startup(make("two", two, (void *)2));
    rt_sem_take(&done, RT_WAITING_FOREVER);
    rt_sem_take(&done, RT_WAITING_FOREVER);
}

/* One thread, and a line that is raised again and again. */
static void run_beside(void (*one)(void *), void (*isr)(int, void *))
{
    rt_hw_interrupt_install(LINE, isr, RT_NULL, "device");
    sim_device(LINE, 10, 20, 15, 60);
    rt_thread_startup(make("one", one, RT_NULL));
    rt_sem_take(&done, RT_WAITING_FOREVER);
}

/* A thread that does `step` again and again. */
#define STEPS(name, step)                                                                          \
    static void name(void *argument)                                                               \
    {                                                                                              \
        for (int i = 0; i < ROUNDS; i++) {                                                         \
            step;                                                                                  \
            sim_spend(11);                                                                         \
        }                                                                                          \
        rt_sem_release(&done);                                                                     \
    }

/* --- two threads, one counter --- */

static void masked_add(void)
{
    const rt_base_t level = rt_hw_interrupt_disable();

    add();
    rt_hw_interrupt_enable(level);
}

static void locked_add(rt_mutex_t mutex)
{
    rt_mutex_take(mutex, RT_WAITING_FOREVER);
    add();
    rt_mutex_release(mutex);
}

static void scheduler_add(void)
{
    rt_enter_critical();
    add();
    rt_exit_critical();
}

static void semaphore_add(void)
{
    rt_sem_take(&go, RT_WAITING_FOREVER);
    add();
    rt_sem_release(&go);
}

static void block_and_add(void)
{
    rt_free(rt_malloc(16)); /* the heap's lock is no one else's business */
    add();
}

STEPS(adds, add())
STEPS(adds_masked, masked_add())
STEPS(adds_locked, locked_add(&lock))
STEPS(adds_locked_otherwise, locked_add(&other_lock))
STEPS(adds_scheduler_locked, scheduler_add())
STEPS(adds_with_semaphore, semaphore_add())
STEPS(adds_volatile, shared_volatile++)
STEPS(adds_atomic, __atomic_fetch_add(&shared, 1, __ATOMIC_RELAXED))
STEPS(adds_and_allocates, block_and_add())

static void counter(void)
{
    run_two(adds, adds);
}
static void counter_masked(void)
{
    run_two(adds_masked, adds_masked);
}
static void counter_half_masked(void)
{
    run_two(adds_masked, adds);
}
static void counter_mutex(void)
{
    run_two(adds_locked, adds_locked);
}
static void counter_two_mutexes(void)
{
    run_two(adds_locked, adds_locked_otherwise);
}
static void counter_scheduler(void)
{
    run_two(adds_scheduler_locked, adds_scheduler_locked);
}
static void counter_scheduler_and_mask(void)
{
    run_two(adds_scheduler_locked, adds_masked);
}
static void counter_semaphore(void)
{
    rt_sem_release(&go);
    run_two(adds_with_semaphore, adds_with_semaphore);
}
static void counter_volatile(void)
{
    run_two(adds_volatile, adds_volatile);
}
static void counter_atomic(void)
{
    run_two(adds_atomic, adds_atomic);
}
static void counter_half_atomic(void)
{
    run_two(adds_atomic, adds);
}
static void counter_beside_heap(void)
{
    run_two(adds_and_allocates, adds_and_allocates);
}

/* --- a thread and an interrupt --- */

static void isr_adds(int line, void *argument)
{
    add();
}

static void isr_adds_masked(int line, void *argument)
{
    masked_add();
}

static void isr_counts_volatile(int line, void *argument)
{
    shared_volatile++;
}

static void line_off_add(void)
{
    rt_hw_interrupt_mask(LINE);
    add();
    rt_hw_interrupt_umask(LINE);
}

static void level_add(unsigned level)
{
    const unsigned before = sim_irq_mask_from(level);

    add();
    sim_irq_mask_from(before);
}

STEPS(adds_line_off, line_off_add())
STEPS(adds_from_100, level_add(100))
STEPS(adds_from_200, level_add(200))
STEPS(reads_volatile, (void)shared_volatile)

static void isr(void)
{
    run_beside(adds, isr_adds);
}
static void isr_masked(void)
{
    run_beside(adds_masked, isr_adds);
}
static void isr_masked_both(void)
{
    run_beside(adds_masked, isr_adds_masked);
}
static void isr_mutex(void)
{
    run_beside(adds_locked, isr_adds);
}
static void isr_scheduler(void)
{
    run_beside(adds_scheduler_locked, isr_adds);
}
static void isr_line_off(void)
{
    run_beside(adds_line_off, isr_adds);
}
static void isr_level(void)
{
    run_beside(adds_from_100, isr_adds);
}
static void isr_level_below(void)
{
    run_beside(adds_from_200, isr_adds);
}
static void isr_volatile_ticks(void)
{
    run_beside(reads_volatile, isr_counts_volatile);
}
static void isr_volatile_both(void)
{
    run_beside(adds_volatile, isr_counts_volatile);
}

static void nested(unsigned priority, unsigned other)
{
    rt_hw_interrupt_install(OTHER_LINE, isr_adds, RT_NULL, "other");
    rt_hw_interrupt_set_priority(LINE, priority);
    rt_hw_interrupt_set_priority(OTHER_LINE, other);
    sim_device(OTHER_LINE, 15, 20, 15, 60);
    run_beside(reads_volatile, isr_adds);
}
static void isrs_nested(void)
{
    nested(100, 50);
}
static void isrs_equal(void)
{
    nested(100, 100);
}

/* Raised by a thread, it is a call. */
static void raises(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        add();
        sim_raise(LINE);
        add();
    }
    rt_sem_release(&done);
}
static void isr_raised(void)
{
    rt_hw_interrupt_install(LINE, isr_adds, RT_NULL, "device");
    rt_thread_startup(make("one", raises, RT_NULL));
    rt_sem_take(&done, RT_WAITING_FOREVER);
}

/* Bound to the core that the interrupts come to, what keeps that core is enough. */
static void bind_next(void (*run)(void))
{
    bound = 1;
    run();
}
static void counter_scheduler_bound(void)
{
    bind_next(counter_scheduler);
}
static void isr_masked_bound(void)
{
    bind_next(isr_masked);
}
static void isr_level_bound(void)
{
    bind_next(isr_level);
}

/* --- handing over --- */

static void writes_then_gives(void *argument)
{
    shared = 1;
    rt_sem_release(&go);
    rt_sem_release(&done);
}
static void gives_then_writes(void *argument)
{
    rt_sem_release(&go);
    shared = 1;
    rt_sem_release(&done);
}
static void takes_then_reads(void *argument)
{
    rt_sem_take(&go, RT_WAITING_FOREVER);
    box = &shared;
    add();
    rt_sem_release(&done);
}
static void times_out_then_reads(void *argument)
{
    rt_sem_take(&go, 2);
    add();
    rt_sem_release(&done);
}
static void writes_later(void *argument)
{
    shared = 1;
    rt_sem_release(&done);
}

static void semaphore(void)
{
    run_two(takes_then_reads, writes_then_gives);
}
static void semaphore_late(void)
{
    run_two(takes_then_reads, gives_then_writes);
}
static void semaphore_timeout(void)
{
    run_two(times_out_then_reads, writes_later);
}

static void sets_event(void *argument)
{
    shared = 1;
    rt_event_send(&event, 1);
    rt_sem_release(&done);
}
static void waits_for_event(void *argument)
{
    rt_uint32_t flags;

    rt_event_recv(&event, 1, RT_EVENT_FLAG_OR, RT_WAITING_FOREVER, &flags);
    add();
    rt_sem_release(&done);
}
static void event_flags(void)
{
    run_two(waits_for_event, sets_event);
}

static rt_mq_t queue;

static void sends(int keeps)
{
    for (int i = 0; i < ROUNDS; i++) {
        int *const item = rt_malloc(sizeof *item);

        *item = i;
        rt_mq_send_wait(queue, &item, sizeof item, RT_WAITING_FOREVER);
        if (keeps)
            *item = 0;
    }
    rt_sem_release(&done);
}
static void sends_items(void *argument)
{
    sends(0);
}
static void sends_and_keeps(void *argument)
{
    sends(1);
}
static void receives_items(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        int *item;

        rt_mq_recv(queue, &item, sizeof item, RT_WAITING_FOREVER);
        *item += 1;
        rt_free(item);
    }
    rt_sem_release(&done);
}
static void message_queue(void)
{
    queue = rt_mq_create("queue", sizeof(int *), 4, RT_IPC_FLAG_FIFO);
    run_two(receives_items, sends_items);
}
static void message_queue_kept(void)
{
    queue = rt_mq_create("queue", sizeof(int *), 4, RT_IPC_FLAG_FIFO);
    run_two(receives_items, sends_and_keeps);
}

/* A mailbox for one mail, as a lock: who fills it has it. */
static rt_mailbox_t mailbox;

static void mailbox_add(void)
{
    rt_ubase_t mail;

    rt_mb_send_wait(mailbox, 1, RT_WAITING_FOREVER);
    add();
    rt_mb_recv(mailbox, &mail, RT_WAITING_FOREVER);
}
STEPS(adds_with_mailbox, mailbox_add())

static void mailbox_as_lock(void)
{
    mailbox = rt_mb_create("mailbox", 1, RT_IPC_FLAG_FIFO);
    run_two(adds_with_mailbox, adds_with_mailbox);
}
static void mailbox_of_two(void)
{
    mailbox = rt_mb_create("mailbox", 2, RT_IPC_FLAG_FIFO);
    run_two(adds_with_mailbox, adds_with_mailbox);
}

static void isr_writes_then_gives(int line, void *argument)
{
    shared = 1;
    rt_sem_release(&go);
}
static void isr_gives_then_writes(int line, void *argument)
{
    rt_sem_release(&go);
    shared = 1;
}
static void isr_once(void (*handler)(int, void *))
{
    rt_hw_interrupt_install(LINE, handler, RT_NULL, "device");
    sim_device(LINE, 100, 0, 0, 1);
    rt_thread_startup(make("one", takes_then_reads, RT_NULL));
    rt_sem_take(&done, RT_WAITING_FOREVER);
}
static void isr_gives(void)
{
    isr_once(isr_writes_then_gives);
}
static void isr_gives_early(void)
{
    isr_once(isr_gives_then_writes);
}

/* --- threads come and go --- */

static void create(void)
{
    shared = 1;
    rt_thread_startup(make("one", adds, RT_NULL));
    rt_sem_take(&done, RT_WAITING_FOREVER);
    add();
}
static void create_then_write(void)
{
    rt_thread_startup(make("one", adds, RT_NULL));
    add();
    rt_sem_take(&done, RT_WAITING_FOREVER);
}

static void suspends_itself(void *argument)
{
    rt_thread_suspend(rt_thread_self());
    rt_schedule();
    add();
    rt_sem_release(&done);
}
static void resume(void)
{
    const rt_thread_t thread = make("one", suspends_itself, RT_NULL);

    rt_thread_startup(thread);
    rt_thread_delay(2);
    shared = 1;
    rt_thread_resume(thread);
    rt_sem_take(&done, RT_WAITING_FOREVER);
}

static void adds_for_ever(void *argument)
{
    for (;;) {
        add();
        rt_thread_delay(1);
    }
}
static void delete_first(int deletes)
{
    const rt_thread_t thread = make("one", adds_for_ever, RT_NULL);

    rt_thread_startup(thread);
    rt_thread_delay(5);
    if (deletes)
        rt_thread_delete(thread);
    add();
}
static void deleted(void)
{
    delete_first(1);
}
static void sleeping(void)
{
    delete_first(0);
}

static void ticks(void *argument)
{
    add();
}
static rt_timer_t new_timer(void)
{
    shared = 1;
    return rt_timer_create("timer", ticks, RT_NULL, 2,
                           RT_TIMER_FLAG_PERIODIC | RT_TIMER_FLAG_HARD_TIMER);
}
static void timer(void)
{
    const rt_timer_t t = new_timer();

    rt_timer_start(t);
    rt_thread_delay(10);
    rt_timer_stop(t);
    add();
}
static void timer_goes_on(void)
{
    rt_timer_start(new_timer());
    rt_thread_delay(10);
    add();
}

/* --- memory --- */

static void fills(void *argument)
{
    const int at = (int)(rt_ubase_t)argument;

    memset(buffer + (at - 1) * 30, at, 32);
    rt_sem_release(&done);
}
static void fills_apart(void *argument)
{
    const int at = (int)(rt_ubase_t)argument;
    char mine[30];

    memset(mine, at, sizeof mine);
    memcpy(buffer + (at - 1) * 30 + 1, mine, 30);
    rt_sem_release(&done);
}
static void ranges(void)
{
    run_two(fills, fills);
}
static void ranges_apart(void)
{
    run_two(fills_apart, fills_apart);
}

STEPS(adds_to_a, neighbours.a++)
STEPS(adds_to_b, neighbours.b++)
STEPS(adds_to_low_bits, bits.a++)
STEPS(adds_to_high_bits, bits.b++)

static void neighbour_bytes(void)
{
    run_two(adds_to_a, adds_to_b);
}
static void neighbour_bits(void)
{
    run_two(adds_to_low_bits, adds_to_high_bits);
}

static void *kept;

static void allocates(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        char *const block = rt_malloc(40);

        memset(block, i, 40);
        if (i % 4 == 0)
            rt_thread_yield();
        rt_free(block);
    }
    rt_sem_release(&done);
}
static void blocks(void)
{
    run_two(allocates, allocates);
}
static void writes_kept(void *argument)
{
    memset(kept, 1, 8);
    rt_sem_release(&done);
}
static void block_of_two(void)
{
    kept = rt_malloc(40);
    run_two(writes_kept, writes_kept);
}

static __attribute__((noinline)) int use(char *local, int size)
{
    int sum = 0;

    for (int i = 0; i < size; i++)
        sum += local[i] = (char)i;
    return sum;
}
static void uses_stack(void *argument)
{
    char local[200];

    for (int i = 0; i < ROUNDS; i++) {
        use(local, i + 1);
        sim_spend(3);
    }
    rt_sem_release(&done);
}
static void isr_uses_stack(int line, void *argument)
{
    char local[300];

    use(local, sizeof local);
}
static void stacks(void)
{
    for (int i = 0; i < 5; i++) {
        run_two(uses_stack, uses_stack);
        rt_thread_delay(2); /* their stacks are used again */
    }
    run_beside(uses_stack, isr_uses_stack);
}

static void adds_to_box(void *argument)
{
    *box += 1;
    rt_sem_release(&done);
}
static void on_a_stack(int waits)
{
    int local = 0;

    box = &local;
    rt_thread_startup(make("one", adds_to_box, RT_NULL));
    if (!waits)
        local++;
    rt_sem_take(&done, RT_WAITING_FOREVER);
    local++;
}
static void stack_of_another(void)
{
    on_a_stack(1);
}
static void stack_of_another_at_once(void)
{
    on_a_stack(0);
}

/* --- flags --- */

static void isr_fills_if_free(int line, void *argument)
{
    if (flag)
        return;
    memset(buffer, flag + 1, sizeof buffer);
    flag = 1;
}
static void isr_fills(int line, void *argument)
{
    memset(buffer, 1, sizeof buffer);
    flag = 1;
}
static void isr_fills_plain(int line, void *argument)
{
    if (*(volatile int *)&plain_flag)
        return;
    buffer[0]++;
    plain_flag = 1;
}
static void looks(void)
{
    char copy[sizeof buffer];

    if (!flag)
        return;
    memcpy(copy, buffer, sizeof copy);
    flag = 0;
}
static void looks_plain(void)
{
    if (!plain_flag)
        return;
    buffer[0]++;
    plain_flag = 0;
}
STEPS(looks_often, looks())
STEPS(looks_plain_often, looks_plain())

static void volatile_flag(void)
{
    run_beside(looks_often, isr_fills_if_free);
}
static void volatile_flag_ignored(void)
{
    run_beside(looks_often, isr_fills);
}
static void plain_flags(void)
{
    run_beside(looks_plain_often, isr_fills_plain);
}

static void until_stopped(void *argument)
{
    while (!flag)
        rt_thread_delay(1);
    rt_sem_release(&done);
}
static void stop_flag(void)
{
    rt_thread_startup(make("one", until_stopped, RT_NULL));
    rt_thread_delay(3);
    flag = 1;
    rt_sem_take(&done, RT_WAITING_FOREVER);
}

static void sets_atomic(void *argument)
{
    shared = 1;
    __atomic_store_n(&plain_flag, 1, __ATOMIC_RELEASE);
    rt_sem_release(&done);
}
static void waits_for_atomic(void *argument)
{
    while (!__atomic_load_n(&plain_flag, __ATOMIC_ACQUIRE))
        rt_thread_delay(1);
    add();
    rt_sem_release(&done);
}
static void atomic_flag(void)
{
    run_two(waits_for_atomic, sets_atomic);
}

#define CASE(name)                                                                                 \
    {                                                                                              \
#name, name                                                                                \
    }
static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {CASE(counter),
             CASE(counter_masked),
             CASE(counter_half_masked),
             CASE(counter_mutex),
             CASE(counter_two_mutexes),
             CASE(counter_scheduler),
             CASE(counter_scheduler_and_mask),
             CASE(counter_semaphore),
             CASE(counter_volatile),
             CASE(counter_atomic),
             CASE(counter_half_atomic),
             CASE(counter_beside_heap),
             CASE(isr),
             CASE(isr_masked),
             CASE(isr_masked_both),
             CASE(isr_mutex),
             CASE(isr_scheduler),
             CASE(isr_line_off),
             CASE(isr_level),
             CASE(isr_level_below),
             CASE(isr_volatile_ticks),
             CASE(isr_volatile_both),
             CASE(isrs_nested),
             CASE(isrs_equal),
             CASE(isr_raised),
             CASE(counter_scheduler_bound),
             CASE(isr_masked_bound),
             CASE(isr_level_bound),
             CASE(semaphore),
             CASE(semaphore_late),
             CASE(semaphore_timeout),
             CASE(event_flags),
             CASE(message_queue),
             CASE(message_queue_kept),
             CASE(mailbox_as_lock),
             CASE(mailbox_of_two),
             CASE(isr_gives),
             CASE(isr_gives_early),
             CASE(create),
             CASE(create_then_write),
             CASE(resume),
             CASE(deleted),
             CASE(sleeping),
             CASE(timer),
             CASE(timer_goes_on),
             CASE(ranges),
             CASE(ranges_apart),
             CASE(neighbour_bytes),
             CASE(neighbour_bits),
             CASE(blocks),
             CASE(block_of_two),
             CASE(stacks),
             CASE(stack_of_another),
             CASE(stack_of_another_at_once),
             CASE(volatile_flag),
             CASE(volatile_flag_ignored),
             CASE(plain_flags),
             CASE(stop_flag),
             CASE(atomic_flag)};

int main(int argc, char **argv)
{
    rt_sem_init(&done, "done", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&go, "go", 0, RT_IPC_FLAG_FIFO);
    rt_mutex_init(&lock, "lock", RT_IPC_FLAG_PRIO);
    rt_mutex_init(&other_lock, "other", RT_IPC_FLAG_PRIO);
    rt_event_init(&event, "event", RT_IPC_FLAG_FIFO);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (argc == 2 && strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    }
    return 1;
}
