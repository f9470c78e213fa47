/*
 * Interrupts: nesting by priority, pending once, masks, what an ISR makes ready, devices in virtual
 * time, and where an ISR may come in while the heap works.
 */
#include "check.h"

enum { LOW = 10, MIDDLE = 20, HIGH = 30, PEER = 11 };

struct line {
    char enter, leave;
    int raises[3]; /* lines, ends with 0 */
    unsigned nest; /* as the ISR saw it */
};

static struct line low = {'l', 'L', {0}, 0}, middle = {'m', 'M', {0}, 0}, high = {'h', 'H', {0}, 0},
                   peer = {'p', 'P', {0}, 0};

static void isr(int vector, void *argument)
{
    struct line *const self = argument;

    rt_interrupt_enter();
    self->nest = rt_interrupt_get_nest();
    mark(self->enter);
    for (int i = 0; self->raises[i] != 0; i++)
        sim_raise((unsigned)self->raises[i]);
    mark(self->leave);
    rt_interrupt_leave();
}

static void install(int vector, struct line *line, unsigned priority, int first, int second)
{
    line->raises[0] = first;
    line->raises[1] = second;
    rt_hw_interrupt_install(vector, isr, line, "test");
    rt_hw_interrupt_set_priority(vector, priority);
    CHECK_EQUAL(rt_hw_interrupt_get_priority(vector), priority);
}

static void remove_all(void)
{
    static const int lines[] = {LOW, MIDDLE, HIGH, PEER};

    for (unsigned i = 0; i < COUNT(lines); i++) {
        rt_hw_interrupt_install(lines[i], RT_NULL, RT_NULL, RT_NULL);
        rt_hw_interrupt_set_priority(lines[i], IRQ_PRIORITY_STANDARD);
    }
}

/* --- nesting --- */

static void urgent_ones_interrupt(void)
{
    install(LOW, &low, 150, MIDDLE, 0);
    install(MIDDLE, &middle, 100, HIGH, 0);
    install(HIGH, &high, 50, 0, 0);
    CHECK_EQUAL(rt_interrupt_get_nest(), 0);
    sim_raise(LOW);
    CHECK_ORDER("lmhHML");
    CHECK_EQUAL(low.nest, 1);
    CHECK_EQUAL(middle.nest, 2);
    CHECK_EQUAL(high.nest, 3);
    CHECK_EQUAL(rt_interrupt_get_nest(), 0);
    remove_all();
}

static void others_wait(void)
{
    install(HIGH, &high, 50, LOW, MIDDLE);
    install(LOW, &low, 150, 0, 0);
    install(MIDDLE, &middle, 100, 0, 0);
    sim_raise(HIGH);
    CHECK_ORDER("hHmMlL");
    CHECK_EQUAL(low.nest, 1);
    CHECK_EQUAL(middle.nest, 1);
    remove_all();
}

/* The two are nested at different depths: each waits for what it may not interrupt, no longer. */
static void each_at_its_depth(void)
{
    install(LOW, &low, 150, HIGH, 0);
    install(HIGH, &high, 50, MIDDLE, 0);
    install(MIDDLE, &middle, 100, 0, 0);
    sim_raise(LOW);
    CHECK_ORDER("lhHmML");
    CHECK_EQUAL(middle.nest, 2);
    remove_all();
}

static void equals_follow_each_other(void)
{
    install(PEER, &peer, 100, LOW, 0);
    install(LOW, &low, 100, 0, 0);
    sim_raise(PEER);
    CHECK_ORDER("pPlL");
    const rt_base_t level = rt_hw_interrupt_disable();
    sim_raise(PEER); /* the lower line first, whatever came first */
    peer.raises[0] = 0;
    sim_raise(LOW);
    rt_hw_interrupt_enable(level);
    CHECK_ORDER("lLpP");
    remove_all();
}

static void raises_itself_once(int vector, void *count)
{
    mark('r');
    if (++*(int *)count == 1)
        sim_raise(LOW);
    mark('R');
}

static void its_own_line_waits(void)
{
    int count = 0;

    rt_hw_interrupt_install(LOW, raises_itself_once, &count, "again");
    sim_raise(LOW);
    CHECK_ORDER("rRrR");
    remove_all();
}

/* --- masks --- */

static void off_and_on(void)
{
    install(LOW, &low, 100, 0, 0);
    CHECK(!rt_hw_interrupt_is_disabled());
    const rt_base_t outer = rt_hw_interrupt_disable();
    CHECK(rt_hw_interrupt_is_disabled());
    sim_raise(LOW);
    sim_raise(LOW);
    sim_raise(LOW); /* pending once */
    const rt_base_t inner = rt_hw_interrupt_disable();
    mark('1');
    rt_hw_interrupt_enable(inner); /* still off */
    mark('2');
    CHECK(rt_hw_interrupt_is_disabled());
    rt_hw_interrupt_enable(outer);
    mark('3');
    CHECK_ORDER("12lL3");
    remove_all();
}

static unsigned guarded;

static void counts_masked(void *unused)
{
    for (int i = 0; i < 50; i++) {
        const rt_base_t level = rt_hw_interrupt_disable();
        const unsigned before = guarded;

        sim_spend(3);
        guarded = before + 1;
        rt_hw_interrupt_enable(level);
    }
}

/* Enabling once too often does no harm, least of all to a core that has them off. */
static void on_when_on(void)
{
    guarded = 0;
    for (int i = 0; i < 3; i++)
        spawn_anywhere(counts_masked, RT_NULL, 12);
    for (int i = 0; i < 100; i++) {
        rt_hw_interrupt_enable(0);
        sim_spend(sim_random(5));
        CHECK(!rt_hw_interrupt_is_disabled());
    }
    rt_thread_delay(5);
    CHECK_EQUAL(guarded, 150);
}

static void a_line_is_masked(void)
{
    install(LOW, &low, 100, 0, 0);
    install(HIGH, &high, 50, 0, 0);
    rt_hw_interrupt_mask(LOW);
    sim_raise(LOW);
    sim_raise(LOW);
    sim_raise(HIGH); /* another line is not */
    mark('1');
    rt_hw_interrupt_umask(LOW);
    mark('2');
    rt_hw_interrupt_umask(LOW);
    CHECK_ORDER("hH1lL2");
    remove_all();
}

static void a_masked_line_in_an_isr(void)
{
    install(LOW, &low, 100, HIGH, 0);
    install(HIGH, &high, 50, 0, 0);
    rt_hw_interrupt_mask(HIGH);
    sim_raise(LOW);
    CHECK_ORDER("lL");
    rt_hw_interrupt_umask(HIGH);
    CHECK_ORDER("hH");
    remove_all();
}

static void raised_before_its_handler(void)
{
    sim_raise(MIDDLE); /* no handler yet: stays pending */
    mark('1');
    install(MIDDLE, &middle, 100, 0, 0);
    mark('2');
    CHECK_ORDER("1mM2");
    remove_all();
    rt_hw_interrupt_umask(MIDDLE); /* there is nothing to run */
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    sim_raise(MIDDLE);
    install(MIDDLE, &middle, 100, 0, 0);
    CHECK_ORDER("mM");
    remove_all();
}

static void lines_are_0_to_63(void)
{
    CHECK(rt_hw_interrupt_install(64, isr, &low, "none") == RT_NULL);
    rt_hw_interrupt_mask(-1);
    rt_hw_interrupt_umask(64);
    rt_hw_interrupt_set_priority(64, 1);
    rt_hw_interrupt_set_priority(LOW, 256);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 5));
    sim_raise(IRQ_LINES); /* the tick's, not a device's */
    sim_raise_on(kernel.core_count, LOW);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 2));
    CHECK(rt_hw_interrupt_install(LOW, isr, &low, "first") == RT_NULL);
    CHECK(rt_hw_interrupt_install(LOW, isr, &low, "second") == isr);
    remove_all();
}

/* --- what an ISR makes ready --- */

static struct rt_semaphore ready;

static void marks_when_ready(void *letter)
{
    rt_sem_take(&ready, RT_WAITING_FOREVER);
    mark((char)(rt_ubase_t)letter);
}

static void releases(int vector, void *nested)
{
    mark('(');
    rt_sem_release(&ready);
    mark(rt_thread_self() == *(rt_thread_t *)nested ? 's' : '?'); /* still the interrupted one */
    sim_spend(20);
    mark(')');
}

static void releases_nested(int vector, void *unused)
{
    mark('[');
    sim_raise(HIGH);
    mark(']');
}

static void switch_after_the_outermost_isr(void)
{
    rt_thread_t self = rt_thread_self();

    rt_sem_init(&ready, "ready", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(HIGH, releases, &self, "release");
    rt_hw_interrupt_set_priority(HIGH, 50);
    rt_hw_interrupt_install(LOW, releases_nested, RT_NULL, "outer");
    spawn(marks_when_ready, (void *)'u', 5);
    sim_raise(HIGH);
    mark('1');
    CHECK_ORDER("(s)u1");
    spawn(marks_when_ready, (void *)'u', 5);
    sim_raise(LOW);
    mark('2');
    CHECK_ORDER("[(s)]u2");
    spawn(marks_when_ready, (void *)'d', 15); /* less urgent than main */
    sim_raise(HIGH);
    mark('3');
    rt_thread_delay(1);
    CHECK_ORDER("(s)3d");
    remove_all();
    rt_sem_detach(&ready);
}

static void isr_while_the_scheduler_is_locked(void)
{
    rt_thread_t self = rt_thread_self();

    rt_sem_init(&ready, "ready", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(HIGH, releases, &self, "release");
    spawn(marks_when_ready, (void *)'u', 5);
    rt_enter_critical();
    sim_raise(HIGH);
    mark('1');
    rt_exit_critical();
    mark('2');
    CHECK_ORDER("(s)1u2");
    remove_all();
    rt_sem_detach(&ready);
}

static void deletes_the_interrupted(int vector, void *thread)
{
    CHECK_EQUAL(rt_thread_delete(*(rt_thread_t *)thread), RT_EOK);
    mark('d');
}

static void raises_then_marks(void *unused)
{
    mark('1');
    sim_raise(HIGH);
    mark('2');
}

/* The ISR goes on to its end on the stack of the thread it deleted. */
static void isr_deletes_what_it_interrupted(void)
{
    rt_thread_t victim = prepare(raises_then_marks, RT_NULL, 5);

    rt_hw_interrupt_install(HIGH, deletes_the_interrupted, &victim, "delete");
    rt_thread_startup(victim);
    mark('m');
    CHECK_ORDER("1dm");
    remove_all();
}

static void suspends_the_interrupted(int vector, void *thread)
{
    CHECK_EQUAL(rt_thread_suspend(*(rt_thread_t *)thread), RT_EOK);
    mark('s');
}

static void isr_suspends_what_it_interrupted(void)
{
    rt_thread_t thread = prepare(raises_then_marks, RT_NULL, 5);

    rt_hw_interrupt_install(HIGH, suspends_the_interrupted, &thread, "suspend");
    rt_thread_startup(thread);
    mark('m');
    CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    CHECK_ORDER("1sm2");
    remove_all();
}

/* --- other cores, devices --- */

static volatile unsigned ran_on;

static void notes_core(int vector, void *unused)
{
    ran_on = kernel_core() - kernel.cores;
    mark('c');
}

static void raised_on_each_core(void)
{
    rt_hw_interrupt_install(LOW, notes_core, RT_NULL, "where");
    for (unsigned core = 0; core < kernel.core_count; core++) {
        ran_on = CORES_MAX;
        sim_raise_on(core, LOW);
        sim_spend(20);
        CHECK_EQUAL(ran_on, core);
        CHECK_ORDER("c");
    }
    remove_all();
}

enum { TIMES_MAX = 16 };

static uint64_t times[TIMES_MAX];
static unsigned times_count;

static void notes_time(int vector, void *unused)
{
    if (times_count < TIMES_MAX)
        times[times_count] = sim_time_us();
    times_count++;
}

/* Devices raise on core 0 in its time; what a core does masked delays them. */
static void devices_keep_time(void)
{
    const struct {
        uint32_t first, period, jitter, count;
        unsigned expected;
    } table[] = {{100, 50, 0, 8, 8},
                 {30, 0, 0, 5, 1},
                 {1, 1000, 0, 3, 3},
                 {70, 200, 40, 6, 6},
                 {500, 500, 500, 4, 4}};

    rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_BIND_CPU, (void *)0);
    rt_hw_interrupt_install(LOW, notes_time, RT_NULL, "device");
    for (unsigned i = 0; i < COUNT(table); i++) {
        times_count = 0;
        const uint64_t start = sim_time_us();
        CHECK(sim_device(LOW, table[i].first, table[i].period, table[i].jitter, table[i].count));
        rt_thread_delay(5);
        CHECK_EQUAL(times_count, table[i].expected);
        for (unsigned j = 0; j < table[i].expected; j++) {
            const uint64_t due = start + table[i].first + j * table[i].period;

            CHECK(times[j] >= due && times[j] <= due + table[i].jitter + 2);
        }
    }
    CHECK(!sim_device(IRQ_LINES, 1, 1, 0, 1));
    times_count = 0;
    CHECK(sim_device(LOW, 10, 10, 0, 0));
    sim_spend(105);
    sim_device_stop(LOW);
    CHECK_EQUAL(times_count, 10);
    rt_thread_delay(2);
    CHECK_EQUAL(times_count, 10);
    remove_all();
}

/* An ISR that computes delays the tick, which is less urgent than any device; none is lost. */
static void a_tick_waits_for_an_isr(void)
{
    rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_BIND_CPU, (void *)0);
    align();
    const rt_tick_t start = rt_tick_get();
    const rt_base_t level = rt_hw_interrupt_disable();
    sim_spend(1500);
    CHECK_EQUAL(rt_tick_get(), start);
    rt_hw_interrupt_enable(level);
    CHECK_EQUAL(rt_tick_get(), start + 1);
    sim_spend(1000);
    CHECK_EQUAL(rt_tick_get(), start + 2);
}

/* --- the heap --- */

enum { BLOCKS = 3000 };

static void *blocks[BLOCKS];

/* A walk over thousands of used blocks takes long; a device is due in its middle. */
static void interrupts_and_the_heap(void)
{
    unsigned inside = 0;

    rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_BIND_CPU, (void *)0);
    rt_hw_interrupt_install(LOW, notes_time, RT_NULL, "device");
    for (unsigned i = 0; i < BLOCKS; i++)
        blocks[i] = rt_malloc(16);
    rt_free(blocks[0]); /* too small a hole for what follows: the search starts here */
    for (unsigned i = 0; i < 10; i++) {
        times_count = 0;
        CHECK(sim_device(LOW, 10, 0, 5, 1));
        const uint64_t before = sim_time_us();
        blocks[0] = rt_malloc(64);
        const uint64_t after = sim_time_us();
        rt_free(blocks[0]);
        sim_spend(30);
        CHECK(after - before >= 20);
        CHECK_EQUAL(times_count, 1);
        inside += times[0] + 2 < after;
    }
    CHECK_EQUAL(inside, kernel.heap_lock == HEAP_LOCK_MUTEX ? 10 : 0);
    for (unsigned i = 1; i < BLOCKS; i++)
        rt_free(blocks[i]);
    remove_all();
}

static void *isr_block;

static void allocates(int vector, void *unused)
{
    isr_block = rt_malloc(40);
}

static void heap_calls_in_an_isr(void)
{
    rt_hw_interrupt_install(LOW, allocates, RT_NULL, "malloc");
    isr_block = RT_NULL;
    sim_raise(LOW);
    if (kernel.heap_lock == HEAP_LOCK_MUTEX) {
        CHECK(isr_block == RT_NULL);
        CHECK(diagnosed(DIAGNOSIS_CONTEXT, 1));
    } else {
        CHECK(isr_block != RT_NULL);
        rt_free(isr_block);
    }
    remove_all();
}

static const struct test_case cases[] = {
    {"urgent ones interrupt", urgent_ones_interrupt},
    {"others wait", others_wait},
    {"each at its depth", each_at_its_depth},
    {"equals follow each other", equals_follow_each_other},
    {"its own line waits", its_own_line_waits},
    {"off and on", off_and_on},
    {"on when on", on_when_on},
    {"a line is masked", a_line_is_masked},
    {"a masked line in an ISR", a_masked_line_in_an_isr},
    {"raised before its handler", raised_before_its_handler},
    {"lines are 0 to 63", lines_are_0_to_63},
    {"switch after the outermost ISR", switch_after_the_outermost_isr},
    {"ISR while the scheduler is locked", isr_while_the_scheduler_is_locked},
    {"ISR deletes what it interrupted", isr_deletes_what_it_interrupted},
    {"ISR suspends what it interrupted", isr_suspends_what_it_interrupted},
    {"raised on each core", raised_on_each_core},
    {"devices keep time", devices_keep_time},
    {"a tick waits for an ISR", a_tick_waits_for_an_isr},
    {"interrupts and the heap", interrupts_and_the_heap},
    {"heap calls in an ISR", heap_calls_in_an_isr},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
