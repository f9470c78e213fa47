#include "check.h"

#include "../../sim/engine.h"

#undef rt_thread_delay

enum { ORDER_MAX = 255, RESTS_MAX = 50 };

unsigned home;

const char *case_name = "?";
static unsigned failures;
static unsigned diagnoses_seen;
static char order[ORDER_MAX + 1];
static unsigned order_length;

static void fail(const char *file, int line, const char *text)
{
    const char *const slash = strrchr(file, '/');

    failures++;
    rt_kprintf("FAILED %s:%d, case '%s' on core %u: %s\n", slash != NULL ? slash + 1 : file, line,
               case_name, home, text);
}

void check_that(bool holds, const char *condition, const char *file, int line)
{
    if (!holds)
        fail(file, line, condition);
}

void check_equal(long found, long expected, const char *what, const char *file, int line)
{
    char text[200];

    if (found == expected)
        return;
    rt_snprintf(text, sizeof text, "%s is %ld, not %ld", what, found, expected);
    fail(file, line, text);
}

void mark(char letter)
{
    const rt_base_t level = rt_hw_interrupt_disable();

    if (order_length < ORDER_MAX)
        order[order_length++] = letter;
    rt_hw_interrupt_enable(level);
}

void check_order(const char *expected, const char *file, int line)
{
    char text[2 * ORDER_MAX];

    order[order_length] = '\0';
    if (strcmp(order, expected) != 0) {
        rt_snprintf(text, sizeof text, "the order is '%s', not '%s'", order, expected);
        fail(file, line, text);
    }
    order_length = 0;
}

void forget_order(void)
{
    order_length = 0;
}

static void bind(rt_thread_t thread, unsigned core)
{
    rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)core);
}

rt_thread_t prepare_anywhere(void (*entry)(void *), void *argument, unsigned priority)
{
    const rt_thread_t thread =
        rt_thread_create("case", entry, argument, 512, (rt_uint8_t)priority, 5);

    CHECK(thread != RT_NULL);
    return thread;
}

rt_thread_t prepare(void (*entry)(void *), void *argument, unsigned priority)
{
    const rt_thread_t thread = prepare_anywhere(entry, argument, priority);

    bind(thread, home);
    return thread;
}

static rt_thread_t started(rt_thread_t thread)
{
    CHECK_EQUAL(rt_thread_startup(thread), RT_EOK);
    return thread;
}

rt_thread_t spawn(void (*entry)(void *), void *argument, unsigned priority)
{
    return started(prepare(entry, argument, priority));
}

rt_thread_t spawn_anywhere(void (*entry)(void *), void *argument, unsigned priority)
{
    return started(prepare_anywhere(entry, argument, priority));
}

static void computes(void *unused)
{
    for (;;)
        sim_spend(100);
}

void idle_and_busy(void (*check)(void))
{
    check();
    const rt_thread_t busy = spawn(computes, RT_NULL, RT_THREAD_PRIORITY_MAX - 1);
    check();
    rt_thread_delete(busy);
}

/* Somebody else has something to do. */
static bool others_run(void)
{
    const bool masked = kernel_enter();
    bool run = !list_empty(&kernel.closed);

    for (struct list *node = kernel.tasks.next; node != &kernel.tasks; node = node->next) {
        const struct task *const task = list_entry(node, struct task, all_link);

        run = run || (task != task_self() && task->priority < TASK_PRIORITIES - 1 &&
                      (task->state == TASK_READY || task->state == TASK_RUNNING));
    }
    kernel_leave(masked);
    return run;
}

rt_err_t rest(rt_tick_t ticks)
{
    const rt_err_t answer = rt_thread_delay(ticks);

    for (unsigned i = 0; !engine->in_order && i < RESTS_MAX && others_run(); i++)
        rt_thread_delay(1);
    return answer;
}

void align(void)
{
    rt_thread_delay(1);
}

unsigned priority_of(rt_thread_t thread)
{
    return thread->task.priority;
}

bool diagnosed(enum diagnosis_kind kind, unsigned count)
{
    const unsigned all = diagnose_count(DIAGNOSIS_KINDS);
    const unsigned fresh = all - diagnoses_seen;

    diagnoses_seen = all;
    return fresh == count && (count == 0 || diagnose_last()->kind == kind);
}

static rt_size_t heap_used(void)
{
    rt_size_t used;

    rt_memory_info(RT_NULL, &used, RT_NULL);
    return used;
}

/* What is left comes to its end and is cleaned up: on the parallel engine when the host has time.
 */
static void come_to_an_end(rt_size_t used_before)
{
    rest(3);
    for (unsigned tries = 0; tries < 1000 && heap_used() != used_before; tries++)
        rest(1);
}

static void run_case(const struct test_case *test)
{
    const rt_size_t used_before = heap_used();
    struct heap_fault fault;

    case_name = test->name;
    home = sim_random(kernel.core_count);
    bind(rt_thread_self(), home);
    align();
    test->run();
    come_to_an_end(used_before);
    CHECK_ORDER("");
    CHECK_EQUAL(heap_used(), used_before);
    CHECK(kernel.system_heap.ops->check(&kernel.system_heap, &fault));
    CHECK_EQUAL(priority_of(rt_thread_self()), MAIN_PRIORITY);
    CHECK_EQUAL(rt_critical_level(), 0);
    CHECK(!rt_hw_interrupt_is_disabled());
    CHECK(diagnosed(DIAGNOSIS_KINDS, 0));
}

int check_result(void)
{
    return failures == 0 ? 0 : 1;
}

int run_cases(const struct test_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        run_case(&cases[i]);
    return check_result();
}

int run_exact_cases(const struct test_case *cases, unsigned count)
{
    return run_cases(cases, engine->in_order ? count : 0);
}
