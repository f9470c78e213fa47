/* Shapes of RT-Thread applications: IPC, timers, pools, tasks that come and go, interrupts. */
#include <rthw.h>
#include <rtthread.h>

#include "shape.h"

#define LINE       5
#define OTHER_LINE 9

enum { MAIN_PRIORITY = 10 };

static rt_sem_t done;
static volatile rt_uint32_t count, other, wrong;

static rt_thread_t task_with(const char *name, void (*entry)(void *), void *argument, int priority,
                             int slice)
{
    rt_thread_t thread = rt_thread_create(name, entry, argument, 512, priority, slice);

    rt_thread_startup(thread);
    return thread;
}

static rt_thread_t task(const char *name, void (*entry)(void *), int priority)
{
    return task_with(name, entry, RT_NULL, priority, 2);
}

static void set_up(void)
{
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
}

static void wait_for(unsigned tasks)
{
    while (tasks-- > 0)
        rt_sem_take(done, RT_WAITING_FOREVER);
}

static void add_one(volatile rt_uint32_t *counter)
{
    rt_base_t level = 0;

    if (sim_fixed())
        level = rt_hw_interrupt_disable();
    *counter = *counter + 1;
    if (sim_fixed())
        rt_hw_interrupt_enable(level);
}

/* --- IPC --- */

static rt_mq_t queue;

static void queue_sends(void *unused)
{
    rt_uint32_t i;

    for (i = 0; i < 4; i++) {
        add_one(&count);
        rt_mq_send_wait(queue, &i, sizeof i, RT_WAITING_FOREVER);
    }
    rt_sem_release(done);
}

static int queue_run(void)
{
    rt_uint32_t i, got;

    set_up();
    queue = rt_mq_create("queue", sizeof(rt_uint32_t), 2, RT_IPC_FLAG_FIFO);
    task("left", queue_sends, 12);
    task("right", queue_sends, 12);
    for (i = 0; i < 8; i++)
        rt_mq_recv(queue, &got, sizeof got, RT_WAITING_FOREVER);
    wait_for(2);
    return count != 8;
}

/* An event that is set between the look and the wait, and cleared by the wait's option. */
static rt_event_t event;

static void event_sets(void *unused)
{
    rt_event_send(event, 1);
    rt_event_send(event, 2);
    rt_sem_release(done);
}

static int event_run(void)
{
    rt_uint32_t set = 0;

    set_up();
    event = rt_event_create("event", RT_IPC_FLAG_FIFO);
    task("setter", event_sets, 10);
    if (!sim_fixed())
        rt_event_recv(event, 3, RT_EVENT_FLAG_OR | RT_EVENT_FLAG_CLEAR, 0, &set);
    if (rt_event_recv(event, 3, RT_EVENT_FLAG_AND | RT_EVENT_FLAG_CLEAR, RT_WAITING_FOREVER,
                      &set) != RT_EOK)
        return 1;
    wait_for(1);
    return 0;
}

/* A reply that the asker wipes after it asked. */
static rt_mailbox_t box;
static volatile rt_uint32_t reply;

static void mailbox_answers(void *unused)
{
    rt_ubase_t mail;

    rt_mb_recv(box, &mail, RT_WAITING_FOREVER);
    reply = (rt_uint32_t)mail + 1;
    rt_sem_release(done);
}

static int mailbox_run(void)
{
    set_up();
    box = rt_mb_create("box", 2, RT_IPC_FLAG_FIFO);
    task("answers", mailbox_answers, MAIN_PRIORITY);
    if (sim_fixed())
        reply = 0;
    rt_mb_send(box, 41);
    if (!sim_fixed())
        reply = 0;
    wait_for(1);
    return reply != 42;
}

/* --- timers --- */

static void timer_fires(void *unused)
{
    add_one(&count);
}

static int timer_run(void)
{
    rt_uint32_t i;
    rt_timer_t timer = rt_timer_create("timer", timer_fires, RT_NULL, 3,
                                       RT_TIMER_FLAG_ONE_SHOT | RT_TIMER_FLAG_HARD_TIMER);

    rt_timer_start(timer);
    for (i = 0; i < 5; i++)
        add_one(&count);
    rt_thread_delay(5);
    return count != 6;
}

/* --- blocks --- */

static void *volatile shared_block;

static void frees_shared(void *unused)
{
    rt_base_t level = 0;
    void *block;

    if (sim_fixed())
        level = rt_hw_interrupt_disable();
    block = shared_block;
    if (block != RT_NULL)
        shared_block = RT_NULL;
    if (sim_fixed())
        rt_hw_interrupt_enable(level);
    if (block != RT_NULL)
        rt_free(block);
    rt_sem_release(done);
}

static int double_free_run(void)
{
    set_up();
    shared_block = rt_malloc(40);
    task("left", frees_shared, 12);
    task("right", frees_shared, 12);
    wait_for(2);
    return 0;
}

static rt_mp_t pool;

static void pool_uses(void *unused)
{
    unsigned i;

    for (i = 0; i < 3; i++) {
        volatile rt_uint32_t *const block = rt_mp_alloc(pool, RT_WAITING_FOREVER);

        *block = (rt_uint32_t)(rt_ubase_t)rt_thread_self();
        if (!sim_fixed())
            rt_mp_free((void *)block);
        if (*block != (rt_uint32_t)(rt_ubase_t)rt_thread_self())
            wrong = 1;
        if (sim_fixed())
            rt_mp_free((void *)block);
    }
    rt_sem_release(done);
}

static int pool_run(void)
{
    set_up();
    pool = rt_mp_create("pool", 1, 32);
    task("left", pool_uses, 12);
    task("right", pool_uses, 12);
    wait_for(2);
    return wrong != 0;
}

/* --- tasks that come and go --- */

static rt_mutex_t mutex;

static void holds(void *unused)
{
    rt_mutex_take(mutex, RT_WAITING_FOREVER);
    count = count + 1;
    rt_mutex_release(mutex);
    rt_sem_release(done);
    rt_thread_suspend(rt_thread_self());
    rt_schedule();
}

static int delete_run(void)
{
    unsigned i;

    set_up();
    mutex = rt_mutex_create("mutex", RT_IPC_FLAG_PRIO);
    for (i = 0; i < 3; i++) {
        rt_thread_t thread = task("worker", holds, MAIN_PRIORITY + 2);

        if (sim_fixed())
            rt_sem_take(done, RT_WAITING_FOREVER);
        else
            rt_thread_delay(1);
        rt_thread_delete(thread);
        if (sim_fixed())
            rt_mutex_take(mutex, RT_WAITING_FOREVER);
        else if (rt_mutex_take(mutex, 10) != RT_EOK)
            return 1;
        rt_mutex_release(mutex);
    }
    return 0;
}

/* An ISR suspends a thread that holds what main wants. */
static rt_thread_t victim;

static void isr_resumes(int line, void *unused)
{
    rt_thread_resume(victim);
}

static void sleeps_by_hand(void *unused)
{
    rt_base_t level = 0;

    if (sim_fixed())
        level = rt_hw_interrupt_disable();
    if (count == 0) {
        if (!sim_fixed())
            other = 1;
        rt_thread_suspend(rt_thread_self());
    }
    if (sim_fixed())
        rt_hw_interrupt_enable(level);
    rt_schedule();
    rt_sem_release(done);
}

static void isr_wakes(int line, void *unused)
{
    count = 1;
    isr_resumes(line, unused);
}

static int suspend_run(void)
{
    set_up();
    rt_hw_interrupt_install(LINE, isr_wakes, RT_NULL, "waker");
    victim = rt_thread_create("victim", sleeps_by_hand, RT_NULL, 512, 8, 5);
    sim_device(LINE, 500, 0, 0, 1);
    rt_thread_startup(victim);
    wait_for(1);
    return 0;
}

/* --- interrupts --- */

static void isr_counts(int line, void *unused)
{
    count = count + 1;
    if (count == 20)
        rt_sem_release(done);
}

/* No interrupt is lost, merged or invented while the ISR has time: a bug only by more of them. */
static int device_count_run(void)
{
    set_up();
    rt_hw_interrupt_install(LINE, isr_counts, RT_NULL, "counter");
    sim_device(LINE, 50, 50, 20, sim_fixed() ? 20 : 19);
    if (rt_sem_take(done, 100) != RT_EOK)
        return 1;
    rt_thread_delay(10);
    return count != 20;
}

static void computes(void *unused)
{
    rt_uint32_t i;

    for (i = 0; i < 200; i++)
        other = other + 1;
    rt_sem_release(done);
}

static int device_burst_run(void)
{
    const struct sim_source source = {
        .line = LINE, .first = 30, .period = 400, .jitter = 100, .burst = 4, .gap = 7, .count = 5};

    set_up();
    rt_hw_interrupt_install(LINE, isr_counts, RT_NULL, "counter");
    task("computes", computes, MAIN_PRIORITY);
    task("computes2", computes, MAIN_PRIORITY);
    sim_source_start(&source);
    wait_for(3);
    rt_thread_delay(3);
    return count != 20;
}

static volatile rt_bool_t allowed;

static void isr_must_be_allowed(int line, void *unused)
{
    if (!allowed)
        wrong = 1;
    other = other + 1;
}

/* Nothing comes in before the start, while interrupts are off, after the stop or beyond the count.
 */
static int legal_device_run(void)
{
    rt_base_t level;
    unsigned i;

    rt_hw_interrupt_install(LINE, isr_must_be_allowed, RT_NULL, "strict");
    count = 1;
    allowed = RT_TRUE;
    sim_device(LINE, 100, 100, 50, 7);
    for (i = 0; i < 10; i++) {
        count = count + 1;
        level = rt_hw_interrupt_disable();
        allowed = RT_FALSE;
        count = count + 1;
        allowed = RT_TRUE;
        rt_hw_interrupt_enable(level);
    }
    rt_thread_delay(2);
    sim_device_stop(LINE);
    rt_hw_interrupt_mask(LINE);
    allowed = RT_FALSE;
    for (i = 0; i < 10; i++)
        count = count + 1;
    return wrong || other > 7;
}

static volatile rt_uint32_t step;

static void urgent(void *unused)
{
    unsigned i;

    for (i = 0; i < 4; i++) {
        rt_thread_delay(1);
        step = 1;
        count = count + 1;
        count = count + 1;
        step = 0;
    }
    rt_sem_release(done);
}

static void humble(void *unused)
{
    unsigned i;

    for (i = 0; i < 40; i++)
        if (step == 1)
            wrong = 1;
    rt_sem_release(done);
}

/* One core: a task never runs while a more urgent one can. */
static int legal_priority_run(void)
{
    set_up();
    task("urgent", urgent, 8);
    task("humble", humble, 12);
    task("humble", humble, 12);
    wait_for(3);
    return wrong != 0;
}

static volatile rt_tick_t slice_began;
static volatile rt_uint32_t slice_owner;

static void slice_works(void *number)
{
    unsigned i;

    for (i = 0; i < 30; i++) {
        const rt_base_t level = rt_hw_interrupt_disable();

        if (slice_owner != (rt_uint32_t)(rt_ubase_t)number) {
            if (slice_owner != 0 && rt_tick_get() - slice_began < 5)
                wrong = 1;
            slice_owner = (rt_uint32_t)(rt_ubase_t)number;
            slice_began = rt_tick_get();
        }
        rt_hw_interrupt_enable(level);
    }
    slice_owner = 0;
    rt_sem_release(done);
}

/* A slice of 5 ticks lasts for 5 ticks. */
static int legal_slice_run(void)
{
    set_up();
    task_with("left", slice_works, (void *)1, 12, 6);
    task_with("right", slice_works, (void *)2, 12, 6);
    wait_for(2);
    return wrong != 0;
}

/* Time never goes back, and the tick keeps step with it. */
static void time_looks(void *unused)
{
    rt_uint64_t last = 0;
    unsigned i;

    for (i = 0; i < 30; i++) {
        const rt_uint64_t now = sim_time_us();
        const rt_tick_t tick = rt_tick_get();
        const rt_uint64_t then = sim_time_us();

        if (now < last || then < now || tick > then / 1000 || tick + 2 < now / 1000)
            wrong = 1;
        last = then;
        if (i % 10 == 9)
            rt_thread_delay(1);
    }
    rt_sem_release(done);
}

static int legal_time_run(void)
{
    set_up();
    rt_hw_interrupt_install(LINE, isr_counts, RT_NULL, "counter");
    sim_device(LINE, 200, 300, 100, 6);
    task("left", time_looks, 12);
    task("right", time_looks, 12);
    wait_for(2);
    return wrong != 0;
}

/* Raises that are less than a period apart come from no device. */
static volatile rt_uint64_t last_raise;

static void isr_measures(int line, void *unused)
{
    const rt_uint64_t now = sim_time_us();

    if (count > 0 && now - last_raise < 800)
        wrong = 1;
    last_raise = now;
    count = count + 1;
}

static int legal_period_run(void)
{
    set_up();
    rt_hw_interrupt_install(LINE, isr_measures, RT_NULL, "measures");
    sim_device(LINE, 1000, 1000, 200, 6);
    task("computes", computes, 12);
    wait_for(1);
    rt_thread_delay(8);
    return wrong || count != 6;
}

/* One ISR interrupts another one's update, which equal priorities don't allow. */
static void isr_adds(int line, void *unused)
{
    count = count + 1;
}

static int nesting_run(void)
{
    rt_hw_interrupt_install(LINE, isr_adds, RT_NULL, "urgent");
    rt_hw_interrupt_install(OTHER_LINE, isr_adds, RT_NULL, "less");
    sim_irq_set_priority(LINE, 20);
    sim_irq_set_priority(OTHER_LINE, sim_fixed() ? 20 : 40);
    sim_device(LINE, 300, 0, 0, 1);
    sim_device(OTHER_LINE, 700, 0, 0, 1);
    rt_thread_delay(3);
    return count != 2;
}

static int basepri_run(void)
{
    unsigned i;

    rt_hw_interrupt_install(LINE, isr_adds, RT_NULL, "urgent");
    sim_irq_set_priority(LINE, 20);
    sim_device(LINE, 300, 300, 0, 3);
    for (i = 0; i < 5; i++) {
        const unsigned before = sim_irq_mask_from(sim_fixed() ? 20 : 21);

        count = count + 1;
        sim_irq_mask_from(before);
    }
    rt_thread_delay(3);
    return count != 8;
}

static void isr_raises(int line, void *unused)
{
    sim_raise(OTHER_LINE);
}

static int raised_run(void)
{
    unsigned i;

    rt_hw_interrupt_install(LINE, isr_raises, RT_NULL, "first");
    rt_hw_interrupt_install(OTHER_LINE, isr_adds, RT_NULL, "second");
    sim_irq_set_priority(OTHER_LINE, 200);
    sim_device(LINE, 300, 0, 0, 1);
    for (i = 0; i < 5; i++)
        add_one(&count);
    rt_thread_delay(3);
    return count != 6;
}

static int spend_run(void)
{
    rt_uint32_t before;

    rt_hw_interrupt_install(LINE, isr_adds, RT_NULL, "spend");
    sim_device(LINE, 2500, 1000, 0, 2);
    before = count;
    sim_spend(1500);
    if (sim_fixed())
        sim_device_stop(LINE);
    before = count;
    count = before + 1;
    rt_thread_delay(10);
    return !sim_fixed() && count != 3;
}

/* --- several cores --- */

static volatile rt_uint32_t flag;

static void spin_waits(void *unused)
{
    while (flag == 0)
        ;
    count = sim_fixed() ? other : count;
    rt_sem_release(done);
}

static void spin_sets(void *unused)
{
    unsigned i;

    for (i = 0; i < 50; i++)
        other = other + 1;
    flag = 1;
    rt_sem_release(done);
}

/* To wait in a loop for another core is no fault. */
static int spin_run(void)
{
    set_up();
    task("waits", spin_waits, 12);
    task("sets", spin_sets, 12);
    wait_for(2);
    return count != (sim_fixed() ? 50 : 0);
}

static void atomic_adds(void *unused)
{
    unsigned i;

    for (i = 0; i < 5; i++) {
        if (sim_fixed())
            __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
        else
            __atomic_store_n(&count, __atomic_load_n(&count, __ATOMIC_SEQ_CST) + 1,
                             __ATOMIC_SEQ_CST);
    }
    rt_sem_release(done);
}

static int atomics_run(void)
{
    unsigned i;

    set_up();
    for (i = 0; i < sim_core_count() + 1; i++)
        task("adds", atomic_adds, 12);
    wait_for(sim_core_count() + 1);
    return count != 5 * (sim_core_count() + 1);
}

static void crowd_adds(void *unused)
{
    add_one(&count);
    rt_sem_release(done);
}

static int crowd_run(void)
{
    unsigned i;

    set_up();
    for (i = 0; i < 120; i++)
        task("one", crowd_adds, 12);
    wait_for(120);
    return count != 120;
}

/* --- a run that only a duration ends --- */

static rt_sem_t inbox;
static volatile rt_bool_t waiting;

static void isr_gives(int line, void *unused)
{
    count = count + 1;
    if (sim_fixed() || waiting) {
        waiting = RT_FALSE;
        rt_sem_release(inbox);
    }
}

static void serves(void *unused)
{
    rt_uint32_t served = 0;

    for (;;) {
        while (served < count)
            served = served + 1;
        waiting = RT_TRUE;
        rt_sem_take(inbox, RT_WAITING_FOREVER);
        if (served >= 4) {
            rt_thread_delay(2);
            break;
        }
    }
}

static int liveness_run(void)
{
    inbox = rt_sem_create("inbox", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(LINE, isr_gives, RT_NULL, "gives");
    sim_device(LINE, 1500, 1000, 100, 6);
    task("server", serves, 12);
    return 0;
}

static void polls(void *unused)
{
    for (;;) {
        rt_thread_delay(1);
        add_one(&count);
    }
}

static int forever_run(void)
{
    task("polls", polls, 12);
    return 0;
}

static void loops(void *unused)
{
    for (;;)
        other = other + 1;
}

static int busy_run(void)
{
    task("loops", loops, 20);
    rt_thread_delay(3);
    return 0;
}

/* A timeout that is long beside what it waits for. */
static void gives_soon(void *unused)
{
    count = count + 1;
    rt_sem_release(done);
}

static int timeout_run(void)
{
    set_up();
    task("soon", gives_soon, 12);
    return rt_sem_take(done, 500) != RT_EOK;
}

static const struct shape shapes[] = {{"queue", queue_run},
                                      {"event", event_run},
                                      {"mailbox", mailbox_run},
                                      {"timer", timer_run},
                                      {"double_free", double_free_run},
                                      {"pool", pool_run},
                                      {"delete", delete_run},
                                      {"suspend", suspend_run},
                                      {"device_count", device_count_run},
                                      {"device_burst", device_burst_run},
                                      {"legal_device", legal_device_run},
                                      {"legal_priority", legal_priority_run},
                                      {"legal_slice", legal_slice_run},
                                      {"legal_time", legal_time_run},
                                      {"legal_period", legal_period_run},
                                      {"nesting", nesting_run},
                                      {"basepri", basepri_run},
                                      {"raised", raised_run},
                                      {"spend", spend_run},
                                      {"spin", spin_run},
                                      {"atomics", atomics_run},
                                      {"crowd", crowd_run},
                                      {"liveness", liveness_run},
                                      {"forever", forever_run},
                                      {"busy", busy_run},
                                      {"timeout", timeout_run}};

int main(int argc, char **argv)
{
    return run_shape(shapes, sizeof shapes / sizeof shapes[0], argc, argv);
}
