/* How tasks come, stop and go: start, suspend, resume, change of priority, delete in every state.
 */
#include "check.h"

static struct rt_semaphore gate;
static rt_err_t answer; /* of the call that a case's thread waits in */

static void marks(void *letter)
{
    mark((char)(rt_ubase_t)letter);
}

static void waits(void *letter)
{
    answer = rt_sem_take(&gate, RT_WAITING_FOREVER);
    marks(letter);
}

static void sleeps(void *letter)
{
    answer = rt_thread_delay(50);
    marks(letter);
}

static void spins(void *unused)
{
    for (;;)
        sim_safepoint();
}

static void open_gate(void)
{
    rt_sem_init(&gate, "gate", 0, RT_IPC_FLAG_FIFO);
}

static void close_gate(void)
{
    rt_sem_detach(&gate);
}

/* --- start --- */

static void starts_once(void)
{
    const rt_thread_t thread = prepare(waits, (void *)'a', 12);

    open_gate();
    CHECK_EQUAL(rt_thread_startup(thread), RT_EOK);
    CHECK_EQUAL(rt_thread_startup(thread), -RT_ERROR); /* ready */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    rt_thread_delay(1);
    CHECK_EQUAL(rt_thread_startup(thread), -RT_ERROR); /* blocked */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    rt_sem_release(&gate);
    rt_thread_delay(1);
    CHECK_EQUAL(rt_thread_startup(thread), -RT_ERROR); /* ended */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_ORDER("a");
    close_gate();
}

static rt_thread_t self_seen;

static void looks_at_itself(void *unused)
{
    self_seen = rt_thread_self();
    CHECK_EQUAL(rt_get_errno(), RT_EOK);
    rt_set_errno(-RT_EIO);
    rt_thread_yield();
    CHECK_EQUAL(rt_get_errno(), -RT_EIO);
}

static void knows_itself(void)
{
    rt_set_errno(RT_EOK);
    const rt_thread_t thread = spawn(looks_at_itself, RT_NULL, 5);
    rt_thread_delay(1);
    CHECK(self_seen == thread);
    CHECK_EQUAL(rt_get_errno(), RT_EOK); /* each has its own */
}

static void found_by_name(void)
{
    static struct rt_thread first, second;
    static rt_uint8_t stack[512];
    char name[] = "long-name-x";

    CHECK(rt_thread_find(name) == RT_NULL);
    rt_thread_init(&first, "long-name-1", marks, RT_NULL, stack, sizeof stack, 12, 5);
    CHECK(rt_thread_find(name) == &first); /* the board keeps 8 characters of a name */
    rt_thread_init(&second, "long-name-2", marks, RT_NULL, stack, sizeof stack, 12, 5);
    CHECK(rt_thread_find(name) == &second); /* the newest */
    CHECK_EQUAL(strlen(first.parent.name), RT_NAME_MAX);
    rt_thread_detach(&second);
    CHECK(rt_thread_find(name) == &first);
    rt_thread_detach(&first);
    CHECK(rt_thread_find(name) == RT_NULL);
    CHECK(rt_thread_find("tidle0") == RT_NULL || kernel.core_count > 0);
}

static void priorities_are_0_to_31(void)
{
    static struct rt_thread thread;
    static rt_uint8_t stack[64];

    CHECK(rt_thread_create("bad", marks, RT_NULL, 512, RT_THREAD_PRIORITY_MAX, 5) == RT_NULL);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_thread_init(&thread, "bad", marks, RT_NULL, stack, sizeof stack, 255, 5),
                -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    spawn(marks, (void *)'z', RT_THREAD_PRIORITY_MAX - 1);
    spawn(marks, (void *)'a', 0);
    rt_thread_delay(2);
    CHECK_ORDER("az");
}

/* A static thread's memory can be used again when it has been cleaned up, not before. */
static void static_threads_again(void)
{
    static struct rt_thread thread;
    static rt_uint8_t stack[256];

    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(rt_thread_init(&thread, "again", marks, (void *)'a', stack, sizeof stack, 5, 5),
                    RT_EOK);
        CHECK_EQUAL(rt_thread_init(&thread, "again", marks, (void *)'b', stack, sizeof stack, 5, 5),
                    -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
        const rt_base_t level = rt_hw_interrupt_disable();
        CHECK_EQUAL(rt_thread_detach(&thread), RT_EOK);
        CHECK_EQUAL(rt_thread_init(&thread, "again", marks, (void *)'b', stack, sizeof stack, 5, 5),
                    -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
        rt_hw_interrupt_enable(level);
        rt_thread_delay(2);
    }
    rt_thread_init(&thread, "again", marks, (void *)'a', stack, sizeof stack, 5, 5);
    CHECK_EQUAL(rt_thread_delete(&thread), -RT_ERROR); /* static: detach */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    rt_thread_startup(&thread);
    rt_thread_delay(1);
    CHECK_ORDER("a");
}

/* --- suspend and resume --- */

static void suspended_while_ready(void)
{
    const rt_thread_t thread = spawn(marks, (void *)'a', 12);

    CHECK_EQUAL(rt_thread_suspend(thread), RT_EOK);
    CHECK_EQUAL(rt_thread_suspend(thread), -RT_ERROR);
    rt_thread_delay(2);
    CHECK_ORDER("");
    CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    CHECK_EQUAL(rt_thread_resume(thread), -RT_EINVAL);
    rt_thread_delay(1);
    CHECK_ORDER("a");
}

static void suspends_itself(void *unused)
{
    mark('1');
    rt_thread_suspend(rt_thread_self());
    mark('2');
    rt_schedule();
    mark('3');
}

/* It goes on until it schedules; the next kernel call that passes the core on would do, too. */
static void suspended_by_itself(void)
{
    const rt_thread_t thread = spawn(suspends_itself, RT_NULL, 5);

    mark('m');
    rt_thread_delay(2);
    CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    mark('M');
    CHECK_ORDER("12m3M");
}

static void suspends_itself_then_waits(void *unused)
{
    rt_thread_suspend(rt_thread_self());
    answer = rt_sem_take(&gate, 5);
    mark('w');
}

static void suspended_then_waiting(void)
{
    open_gate();
    const rt_thread_t thread = spawn(suspends_itself_then_waits, RT_NULL, 5);
    rt_thread_delay(20);
    CHECK_ORDER("");
    rt_thread_resume(thread);
    rt_thread_delay(10);
    CHECK_EQUAL(answer, -RT_ETIMEOUT);
    CHECK_ORDER("w");
    close_gate();
}

static void blocked_can_be_resumed_only(void)
{
    open_gate();
    const rt_thread_t thread = spawn(waits, (void *)'a', 5);
    CHECK_EQUAL(rt_thread_suspend(thread), -RT_ERROR);
    CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    CHECK_ORDER("a");
    CHECK_EQUAL(answer, -RT_EINTR);
    CHECK_EQUAL(rt_sem_release(&gate), RT_EOK); /* nobody waits any more */
    CHECK_EQUAL(rt_sem_trytake(&gate), RT_EOK);
    close_gate();
}

static rt_tick_t woke;

static void sleeps_twice(void *unused)
{
    answer = rt_thread_delay(30);
    mark('1');
    CHECK_EQUAL(rt_get_errno(), -RT_EINTR);
    rt_thread_delay(10); /* the first deadline does not count any more */
    woke = rt_tick_get();
    mark('2');
}

static void resumed_from_sleep(void)
{
    const rt_tick_t start = rt_tick_get();
    const rt_thread_t thread = spawn(sleeps_twice, RT_NULL, 5);

    rt_thread_delay(25);
    CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    CHECK_ORDER("1");
    CHECK_EQUAL(answer, RT_EOK); /* upstream tells by the thread's error only */
    rt_thread_delay(20);
    CHECK_EQUAL(woke - start, 35);
    CHECK_ORDER("2");
}

static volatile rt_uint32_t turns;

static void counts(void *unused)
{
    for (;;)
        turns++;
}

/* On another core than the caller's: it stops within microseconds, wherever it was. */
static void suspended_while_running(void)
{
    if (kernel.core_count == 1)
        return;
    const rt_thread_t thread = spawn_anywhere(counts, RT_NULL, 12);
    for (int i = 0; i < 20; i++) {
        sim_spend(100 + sim_random(20));
        CHECK_EQUAL(rt_thread_suspend(thread), RT_EOK);
        sim_spend(50);
        const rt_uint32_t stopped_at = turns;
        sim_spend(200);
        CHECK_EQUAL(turns, stopped_at);
        CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    }
    rt_thread_delete(thread);
}

static void counts_masked(void *unused)
{
    for (;;) {
        const rt_base_t level = rt_hw_interrupt_disable();
        turns++;
        sim_spend(2);
        rt_hw_interrupt_enable(level);
    }
}

/* The same while it waits to have interrupts off: it goes no further. */
static void suspended_at_a_critical_section(void)
{
    if (kernel.core_count == 1)
        return;
    const rt_thread_t thread = spawn_anywhere(counts_masked, RT_NULL, 12);
    for (int i = 0; i < 50; i++) {
        sim_spend(10 + sim_random(10));
        const rt_base_t level = rt_hw_interrupt_disable();
        sim_spend(5); /* it comes to wait for the same */
        CHECK_EQUAL(rt_thread_suspend(thread), RT_EOK);
        const rt_uint32_t stopped_at = turns;
        rt_hw_interrupt_enable(level);
        sim_spend(20);
        CHECK_EQUAL(turns, stopped_at);
        CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    }
    rt_thread_delete(thread);
}

static void calls_the_kernel(void *unused)
{
    for (;;) {
        rt_sem_take(&gate, 1);
        rt_sem_release(&gate);
        if (sim_random(8) == 0)
            rt_thread_delay(1);
        else if (sim_random(4) == 0)
            rt_thread_yield();
    }
}

/* The same while it is anywhere in the kernel, also while it waits for the kernel's lock. */
static void suspended_inside_the_kernel(void)
{
    rt_thread_t threads[3];

    rt_sem_init(&gate, "gate", 1, RT_IPC_FLAG_PRIO);
    for (unsigned i = 0; i < COUNT(threads); i++)
        threads[i] = spawn_anywhere(calls_the_kernel, RT_NULL, 12);
    for (int i = 0; i < 300; i++) {
        const rt_thread_t thread = threads[sim_random(COUNT(threads))];

        sim_spend(sim_random(5));
        if (rt_thread_suspend(thread) == RT_EOK) {
            sim_spend(sim_random(10));
            CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
        }
        if (i % 50 == 0)
            rt_thread_delay(1);
    }
    for (unsigned i = 0; i < COUNT(threads); i++)
        CHECK_EQUAL(rt_thread_delete(threads[i]), RT_EOK);
    close_gate();
}

/* --- change of priority --- */

static rt_err_t set_priority(rt_thread_t thread, rt_uint8_t priority)
{
    return rt_thread_control(thread, RT_THREAD_CTRL_CHANGE_PRIORITY, &priority);
}

static void changed_while_ready(void)
{
    const rt_thread_t a = spawn(marks, (void *)'a', 12);
    const rt_thread_t b = spawn(marks, (void *)'b', 13);

    CHECK_EQUAL(set_priority(a, 14), RT_EOK);
    CHECK_EQUAL(set_priority(b, 12), RT_EOK);
    CHECK_EQUAL(set_priority(b, 32), -RT_EINVAL);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(priority_of(a), 14);
    rt_thread_delay(1);
    CHECK_ORDER("ba");
}

static void changed_while_blocked(void)
{
    rt_thread_t threads[3];

    rt_sem_init(&gate, "gate", 0, RT_IPC_FLAG_PRIO);
    for (unsigned i = 0; i < COUNT(threads); i++)
        threads[i] = spawn(waits, (void *)(rt_ubase_t)('a' + i), 12 + i);
    rt_thread_delay(1);
    set_priority(threads[0], 15);
    set_priority(threads[2], 11);
    for (unsigned i = 0; i < COUNT(threads); i++) {
        rt_sem_release(&gate);
        rt_thread_delay(1);
    }
    CHECK_ORDER("cba");
    close_gate();
}

static void changes_its_own(void *unused)
{
    mark('1');
    set_priority(rt_thread_self(), 13);
    rt_schedule();
    mark('2');
}

static void changed_while_running(void)
{
    spawn(marks, (void *)'e', 12);
    spawn(changes_its_own, RT_NULL, 11);
    spawn(marks, (void *)'f', 13);
    rt_thread_delay(1);
    CHECK_ORDER("1e2f"); /* it was READY later than 'f', so it goes before its equal */
}

static void changed_before_start(void)
{
    const rt_thread_t thread = prepare(marks, (void *)'a', 12);
    rt_uint8_t priority = 3;

    CHECK_EQUAL(rt_thread_control(thread, RT_THREAD_CTRL_RESET_PRIORITY, &priority), RT_EOK);
    CHECK_EQUAL(rt_thread_control(thread, RT_THREAD_CTRL_STARTUP, RT_NULL), RT_EOK);
    mark('m');
    CHECK_ORDER("am");
}

/* --- delete --- */

static void delete_initial(void)
{
    CHECK_EQUAL(rt_thread_delete(prepare(marks, (void *)'a', 5)), RT_EOK);
}

static void delete_ready(void)
{
    CHECK_EQUAL(rt_thread_delete(spawn(marks, (void *)'a', 12)), RT_EOK);
    rt_thread_delay(1);
}

static void delete_blocked(void)
{
    open_gate();
    const rt_thread_t first = spawn(waits, (void *)'a', 5);
    spawn(waits, (void *)'b', 5);
    CHECK_EQUAL(rt_thread_delete(first), RT_EOK);
    rt_sem_release(&gate); /* goes to the one that still waits */
    CHECK_ORDER("b");
    CHECK_EQUAL(rt_sem_trytake(&gate), -RT_ETIMEOUT);
    close_gate();
}

static void delete_sleeping(void)
{
    const rt_thread_t thread = spawn(sleeps, (void *)'a', 5);

    rt_thread_delay(10);
    CHECK_EQUAL(rt_thread_control(thread, RT_THREAD_CTRL_CLOSE, RT_NULL), RT_EOK);
    rt_thread_delay(60);
}

static void delete_suspended(void)
{
    const rt_thread_t thread = spawn(marks, (void *)'a', 12);

    rt_thread_suspend(thread);
    CHECK_EQUAL(rt_thread_delete(thread), RT_EOK);
    CHECK_EQUAL(rt_thread_resume(thread), -RT_EINVAL);
    CHECK_EQUAL(rt_thread_suspend(thread), -RT_ERROR);
    rt_thread_delay(1);
}

static void deletes_itself(void *unused)
{
    mark('1');
    rt_thread_delete(rt_thread_self());
    mark('2');
}

static void delete_itself(void)
{
    spawn(deletes_itself, RT_NULL, 5);
    spawn(deletes_itself, RT_NULL, 12);
    rt_thread_delay(1);
    CHECK_ORDER("11");
}

static void delete_twice(void)
{
    const rt_thread_t thread = prepare(marks, (void *)'a', 12);

    const rt_base_t level = rt_hw_interrupt_disable();
    CHECK_EQUAL(rt_thread_delete(thread), RT_EOK);
    CHECK_EQUAL(rt_thread_delete(thread), -RT_ERROR);
    rt_hw_interrupt_enable(level);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
}

static void delete_running(void)
{
    if (kernel.core_count == 1)
        return;
    const rt_thread_t thread = spawn_anywhere(spins, RT_NULL, 12);
    sim_spend(100);
    CHECK_EQUAL(rt_thread_delete(thread), RT_EOK);
}

static void delete_inside_the_kernel(void)
{
    rt_sem_init(&gate, "gate", 1, RT_IPC_FLAG_FIFO);
    for (int i = 0; i < 30; i++) {
        const rt_thread_t a = spawn_anywhere(calls_the_kernel, RT_NULL, 12);
        const rt_thread_t b = spawn_anywhere(calls_the_kernel, RT_NULL, 12);

        sim_spend(10 + sim_random(200));
        CHECK_EQUAL(rt_thread_delete(a), RT_EOK);
        CHECK_EQUAL(rt_thread_delete(b), RT_EOK);
        rt_thread_delay(1);
    }
    close_gate();
}

static rt_thread_t victim;
static unsigned deleted;

static void deletes_victim(void *unused)
{
    if (rt_thread_delete(victim) == RT_EOK)
        deleted++;
}

/* Two cores delete the same thread at the same time: one of them is told. */
static void delete_by_two_cores(void)
{
    for (int i = 0; i < 20; i++) {
        const rt_thread_t a = prepare_anywhere(deletes_victim, RT_NULL, 12);
        const rt_thread_t b = prepare_anywhere(deletes_victim, RT_NULL, 12);

        deleted = 0;
        victim = spawn(spins, RT_NULL, 20);
        rt_enter_critical();
        rt_thread_startup(a);
        rt_thread_startup(b);
        rt_exit_critical();
        rt_thread_delay(1);
        CHECK_EQUAL(deleted, 1);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    }
}

static void cleaned_up(struct rt_thread *thread)
{
    marks((void *)thread->user_data);
}

/* The thread's own clean-up function runs when its memory is about to go. */
static void cleanup_functions(void)
{
    const rt_thread_t a = prepare(marks, RT_NULL, 12);
    const rt_thread_t b = prepare(marks, RT_NULL, 12);

    a->cleanup = b->cleanup = cleaned_up;
    a->user_data = 'a';
    b->user_data = 'b';
    const rt_base_t level = rt_hw_interrupt_disable();
    rt_thread_delete(a);
    rt_thread_delete(b);
    rt_hw_interrupt_enable(level);
    rt_thread_delay(2);
    CHECK_ORDER("ba"); /* last ended, first gone */
}

static unsigned idled;

static void counts_idling(void)
{
    idled++;
}

static void idle_hooks(void)
{
    idled = 0;
    CHECK_EQUAL(rt_thread_idle_sethook(counts_idling), RT_EOK);
    rt_thread_delay(2);
    CHECK(idled > 0);
    for (int i = 1; i < KERNEL_IDLE_HOOKS; i++)
        CHECK_EQUAL(rt_thread_idle_sethook(counts_idling), RT_EOK);
    CHECK_EQUAL(rt_thread_idle_sethook(counts_idling), -RT_EFULL);
    for (int i = 0; i < KERNEL_IDLE_HOOKS; i++)
        CHECK_EQUAL(rt_thread_idle_delhook(counts_idling), RT_EOK);
    CHECK_EQUAL(rt_thread_idle_delhook(counts_idling), -RT_ENOSYS);
    idled = 0;
    rt_thread_delay(2);
    CHECK_EQUAL(idled, 0);
}

static const struct test_case cases[] = {
    {"starts once", starts_once},
    {"knows itself", knows_itself},
    {"found by name", found_by_name},
    {"priorities are 0 to 31", priorities_are_0_to_31},
    {"static threads again", static_threads_again},
    {"suspended while ready", suspended_while_ready},
    {"suspended by itself", suspended_by_itself},
    {"suspended then waiting", suspended_then_waiting},
    {"blocked can be resumed only", blocked_can_be_resumed_only},
    {"resumed from sleep", resumed_from_sleep},
    {"suspended while running", suspended_while_running},
    {"suspended at a critical section", suspended_at_a_critical_section},
    {"suspended inside the kernel", suspended_inside_the_kernel},
    {"changed while ready", changed_while_ready},
    {"changed while blocked", changed_while_blocked},
    {"changed while running", changed_while_running},
    {"changed before start", changed_before_start},
    {"delete initial", delete_initial},
    {"delete ready", delete_ready},
    {"delete blocked", delete_blocked},
    {"delete sleeping", delete_sleeping},
    {"delete suspended", delete_suspended},
    {"delete itself", delete_itself},
    {"delete twice", delete_twice},
    {"delete running", delete_running},
    {"delete inside the kernel", delete_inside_the_kernel},
    {"delete by two cores", delete_by_two_cores},
    {"clean-up functions", cleanup_functions},
    {"idle hooks", idle_hooks},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
