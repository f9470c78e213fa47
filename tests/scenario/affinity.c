/*
 * Which cores a task may run on: one, some, or all. It never runs elsewhere, whatever happens to
 * it; and a core takes the most urgent task of all that may run on it.
 */
#include "check.h"

static void restrict_to(rt_thread_t thread, uint64_t cores)
{
    CHECK(task_set_affinity(&thread->task, cores));
}

/* --- it never runs elsewhere --- */

enum { THREADS = 6 };

static struct roamer {
    volatile uint64_t allowed; /* as it was told last, and before that while it is being told */
    volatile unsigned turns;
    rt_thread_t thread;
} roamers[THREADS];

static struct rt_semaphore sem;
static volatile bool over;

static void look(struct roamer *self)
{
    const rt_base_t level = rt_hw_interrupt_disable();

    CHECK((self->allowed >> port_core() & 1) != 0);
    self->turns++;
    rt_hw_interrupt_enable(level);
}

static void roams(void *argument)
{
    struct roamer *const self = argument;

    while (!over) {
        look(self);
        switch (sim_random(4)) {
        case 0:
            rt_thread_delay(1);
            break;
        case 1:
            rt_thread_yield();
            break;
        case 2:
            if (rt_sem_take(&sem, 1) == RT_EOK)
                rt_sem_release(&sem);
            break;
        default:
            sim_spend(sim_random(300));
        }
    }
}

static uint64_t some_cores(void)
{
    const uint64_t all = ((uint64_t)1 << kernel.core_count) - 1;
    uint64_t cores;

    do
        cores = sim_random(1u << kernel.core_count) & all;
    while (cores == 0);
    return cores;
}

static void tell(struct roamer *roamer, uint64_t cores)
{
    const rt_base_t level = rt_hw_interrupt_disable(); /* nothing runs on until it takes effect */

    roamer->allowed = cores;
    restrict_to(roamer->thread, cores);
    rt_hw_interrupt_enable(level);
}

static void never_elsewhere(void)
{
    over = false;
    rt_sem_init(&sem, "roam", 1, RT_IPC_FLAG_PRIO);
    for (unsigned i = 0; i < THREADS; i++) {
        roamers[i].turns = 0;
        roamers[i].thread = prepare_anywhere(roams, &roamers[i], 12 + i % 3);
        tell(&roamers[i], some_cores());
        rt_thread_startup(roamers[i].thread);
    }
    for (unsigned i = 0; i < 100; i++) {
        struct roamer *const roamer = &roamers[sim_random(THREADS)];

        /* one that runs where it may no longer goes on for less than the lock takes to come by */
        rt_thread_suspend(roamer->thread);
        tell(roamer, some_cores());
        rt_thread_resume(roamer->thread);
        rt_thread_delay(1);
    }
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(roamers[i].turns > 0);
    over = true;
    rt_thread_delay(10);
    rt_sem_detach(&sem);
}

/* --- told while it runs: it leaves --- */

static volatile unsigned seen_on;

static void spins(void *unused)
{
    for (;;) {
        const rt_base_t level = rt_hw_interrupt_disable();
        seen_on = port_core();
        rt_hw_interrupt_enable(level);
        sim_safepoint();
    }
}

static void leaves_a_forbidden_core(void)
{
    if (kernel.core_count == 1)
        return;
    const rt_thread_t thread = spawn_anywhere(spins, RT_NULL, 12);
    for (unsigned i = 0; i < 20; i++) {
        const unsigned core = sim_random(kernel.core_count);

        if (core == home)
            continue; /* there main runs on */
        rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)core);
        sim_spend(100);
        CHECK_EQUAL(seen_on, core);
    }
    /* Only the core that main has: it gets that when main waits. */
    rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)home);
    sim_spend(100);
    CHECK_EQUAL(thread->task.state, TASK_READY);
    rt_thread_delay(1);
    CHECK_EQUAL(seen_on, home);
    /* No such core: all of them again. */
    rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)kernel.core_count);
    CHECK(task_affinity(&thread->task) == ((uint64_t)1 << kernel.core_count) - 1);
    sim_spend(100);
    CHECK(seen_on != home);
    CHECK_EQUAL(thread->task.state, TASK_RUNNING);
    rt_thread_delete(thread);
}

/* --- who goes first on a core --- */

static void marks(void *letter)
{
    mark((char)(rt_ubase_t)letter);
}

static void most_urgent_of_all_queues(void)
{
    static const struct {
        unsigned priorities[3]; /* of one bound to the core, one for two cores, one for all */
        const char *order;
    } table[] = {{{12, 13, 14}, "abc"}, {{14, 13, 12}, "cba"}, {{13, 12, 14}, "bac"},
                 {{13, 14, 12}, "cab"}, {{12, 14, 13}, "acb"}, {{14, 12, 13}, "bca"}};
    rt_thread_t threads[3];
    rt_thread_t busy[CORES_MAX];

    /* All other cores are taken by more urgent threads. */
    for (unsigned core = 0; core < kernel.core_count; core++) {
        busy[core] = RT_NULL;
        if (core == home)
            continue;
        busy[core] = prepare_anywhere(spins, RT_NULL, 5);
        restrict_to(busy[core], (uint64_t)1 << core);
        rt_thread_startup(busy[core]);
    }
    for (unsigned i = 0; i < COUNT(table); i++) {
        for (unsigned j = 0; j < COUNT(threads); j++)
            threads[j] =
                prepare_anywhere(marks, (void *)(rt_ubase_t)('a' + j), table[i].priorities[j]);
        restrict_to(threads[0], (uint64_t)1 << home);
        restrict_to(threads[1],
                    (uint64_t)1 << home | (uint64_t)1 << (home + 1) % kernel.core_count);
        for (unsigned j = 0; j < COUNT(threads); j++)
            rt_thread_startup(threads[j]);
        rt_thread_delay(2);
        CHECK_ORDER(table[i].order);
    }
    for (unsigned core = 0; core < kernel.core_count; core++)
        if (busy[core] != RT_NULL)
            rt_thread_delete(busy[core]);
}

/* A change of priority, of a thread in each kind of queue. */
static void priorities_change_in_all_queues(void)
{
    rt_thread_t threads[3];
    rt_uint8_t priority = 13;

    for (unsigned i = 0; i < COUNT(threads); i++) {
        threads[i] = prepare(marks, (void *)(rt_ubase_t)('a' + i), 14 + i);
        if (i == 1 && kernel.core_count == 1)
            restrict_to(threads[i], 0); /* none: all */
        rt_thread_startup(threads[i]);
    }
    rt_thread_control(threads[2], RT_THREAD_CTRL_CHANGE_PRIORITY, &priority);
    rt_thread_suspend(threads[1]);
    rt_thread_delay(1);
    CHECK_ORDER("ca");
    rt_thread_resume(threads[1]);
    rt_thread_delay(1);
    CHECK_ORDER("b");
}

static const struct test_case cases[] = {
    {"never elsewhere", never_elsewhere},
    {"priorities change in all queues", priorities_change_in_all_queues},
};

static const struct test_case exact_cases[] = {
    {"leaves a forbidden core", leaves_a_forbidden_core},
    {"most urgent of all queues", most_urgent_of_all_queues},
};

int main(void)
{
    return run_cases(cases, COUNT(cases)) | run_exact_cases(exact_cases, COUNT(exact_cases));
}
