/*
 * Interrupt lines by priority and level: what nests and what follows, masks as BASEPRI, all 64
 * lines, sources in bursts and on other cores, and the times that --irq-report tells, to the
 * nanosecond where nothing is left to the seed.
 */
#include "check.h"

#include "../../sim/interrupts.h"

enum { LOW = 10, MIDDLE = 20, HIGH = 30 };

static void marks(int line, void *letter)
{
    mark((char)(rt_ubase_t)letter);
}

static void install(unsigned line, char letter, unsigned priority)
{
    CHECK(sim_irq_install(line, marks, (void *)(rt_ubase_t)letter, "test"));
    CHECK(sim_irq_set_priority(line, priority));
}

static void remove_lines(void)
{
    for (unsigned line = 0; line < IRQ_LINES; line++) {
        sim_irq_install(line, RT_NULL, RT_NULL, RT_NULL);
        sim_irq_set_priority(line, IRQ_PRIORITY_STANDARD);
    }
}

/* --- levels: each priority against each level --- */

static volatile unsigned ran;

static void counts_runs(int line, void *unused)
{
    ran++;
}

/* A level n holds back n and what is less urgent; 0 holds back nothing, and priority 0 never waits.
 */
static void each_priority_and_level(void)
{
    static const unsigned values[] = {0, 1, 2, 63, 64, 127, 128, 129, 254, 255};

    sim_irq_install(LOW, counts_runs, RT_NULL, "level");
    for (unsigned i = 0; i < COUNT(values); i++) {
        for (unsigned j = 0; j < COUNT(values); j++) {
            const unsigned priority = values[i], level = values[j];
            const unsigned at_once = level == 0 || priority < level;

            sim_irq_set_priority(LOW, priority);
            ran = 0;
            CHECK_EQUAL(sim_irq_mask_from(level), 0);
            sim_raise(LOW);
            sim_safepoint();
            CHECK_EQUAL(ran, at_once);
            CHECK_EQUAL(sim_irq_mask_from(0), level);
            CHECK_EQUAL(ran, 1);
        }
    }
    remove_lines();
}

static void levels_step_down(void)
{
    install(LOW, 'l', 200);
    install(MIDDLE, 'm', 100);
    install(HIGH, 'h', 50);
    CHECK_EQUAL(sim_irq_mask_from(50), 0);
    sim_raise(LOW);
    sim_raise(HIGH);
    sim_raise(MIDDLE);
    mark('1');
    CHECK_EQUAL(sim_irq_mask_from(51), 50);
    mark('2');
    CHECK_EQUAL(sim_irq_mask_from(101), 51);
    mark('3');
    CHECK_EQUAL(sim_irq_mask_from(0), 101);
    mark('4');
    CHECK_ORDER("1h2m3l4");
    CHECK_EQUAL(sim_irq_mask_from(1000), 0); /* as 255 */
    CHECK_EQUAL(sim_irq_mask_from(0), 255);
    remove_lines();
}

/* Masking all goes before any level, and the other way round. */
static void a_level_and_all(void)
{
    install(LOW, 'l', 100);
    const rt_base_t off = rt_hw_interrupt_disable();
    sim_irq_mask_from(100);
    sim_raise(LOW);
    rt_hw_interrupt_enable(off);
    mark('1');
    sim_irq_mask_from(0);
    CHECK_ORDER("1l");
    sim_irq_mask_from(100);
    const rt_base_t again = rt_hw_interrupt_disable();
    sim_raise(LOW);
    sim_irq_mask_from(0);
    mark('2');
    rt_hw_interrupt_enable(again);
    CHECK_ORDER("2l");
    remove_lines();
}

static void marks_thread(void *letter)
{
    mark((char)(rt_ubase_t)letter);
}

/* Any level keeps the core, though the tick of a greater number passes below it. */
static void a_level_keeps_the_core(void)
{
    const rt_thread_t thread = prepare(marks_thread, (void *)'u', 5);

    sim_irq_mask_from(255);
    CHECK_EQUAL(rt_thread_startup(thread), RT_EOK);
    sim_spend(100);
    mark('1');
    sim_irq_mask_from(0);
    mark('2');
    CHECK_ORDER("1u2");
    sim_irq_mask_from(200);
    CHECK_EQUAL(rt_thread_delay(1), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_CONTEXT, 1));
    sim_irq_mask_from(0);
}

static void raises_level(int line, void *unused)
{
    mark('(');
    const unsigned before = sim_irq_mask_from(100);
    sim_raise(MIDDLE); /* 100: waits though it is more urgent than this ISR */
    sim_raise(HIGH);   /* 50: does not */
    mark('-');
    sim_irq_mask_from(before);
    mark(')');
}

static void a_level_in_an_isr(void)
{
    sim_irq_install(LOW, raises_level, RT_NULL, "level");
    sim_irq_set_priority(LOW, 200);
    install(MIDDLE, 'm', 100);
    install(HIGH, 'h', 50);
    sim_raise(LOW);
    CHECK_ORDER("(h-m)");
    remove_lines();
}

/* A ceiling, as FreeRTOS has: masking all leaves more urgent ones on. */
static void a_ceiling(void)
{
    static const unsigned priorities[] = {0, 1, 79, 80, 81, 255};

    sim_irq_install(LOW, counts_runs, RT_NULL, "ceiling");
    for (unsigned i = 0; i < COUNT(priorities); i++) {
        sim_irq_set_priority(LOW, priorities[i]);
        kernel.irq.ceiling = 80;
        ran = 0;
        const rt_base_t level = rt_hw_interrupt_disable();
        sim_raise(LOW);
        sim_spend(10);
        CHECK_EQUAL(ran, priorities[i] < 80);
        rt_hw_interrupt_enable(level);
        CHECK_EQUAL(ran, 1);
        kernel.irq.ceiling = 0;
    }
    remove_lines();
}

/* --- all lines --- */

static unsigned order[IRQ_LINES], order_count;

static void notes_order(int line, void *unused)
{
    order[order_count++ % IRQ_LINES] = (unsigned)line;
}

/* 64 lines, pending at once, with priorities as the seed shuffles them: most urgent first. */
static void all_lines_by_priority(void)
{
    unsigned priority[IRQ_LINES];

    for (unsigned line = 0; line < IRQ_LINES; line++) {
        priority[line] = sim_random(16); /* many equal ones: then the lower line */
        sim_irq_install(line, notes_order, RT_NULL, "all");
        sim_irq_set_priority(line, priority[line]);
    }
    interrupts_reset();
    order_count = 0;
    const rt_base_t off = rt_hw_interrupt_disable();
    for (unsigned i = 0; i < IRQ_LINES; i++)
        sim_raise(IRQ_LINES - 1 - i);
    rt_hw_interrupt_enable(off);
    CHECK_EQUAL(order_count, IRQ_LINES);
    for (unsigned i = 1; i < IRQ_LINES; i++) {
        const unsigned a = order[i - 1], b = order[i];

        CHECK(priority[a] < priority[b] || (priority[a] == priority[b] && a < b));
        CHECK_EQUAL(interrupts_of(b).chained, 1); /* without going back to the thread */
    }
    CHECK_EQUAL(interrupts_of(order[0]).chained, 0);
    remove_lines();
}

static void nests(int line, void *depth)
{
    const unsigned next = (unsigned)line + 1;

    if (rt_interrupt_get_nest() > *(unsigned *)depth)
        *(unsigned *)depth = rt_interrupt_get_nest();
    if (next < IRQ_LINES)
        sim_raise(next);
}

static void all_lines_nested(void)
{
    unsigned depth = 0;

    for (unsigned line = 0; line < IRQ_LINES; line++) {
        sim_irq_install(line, nests, &depth, "nest");
        sim_irq_set_priority(line, 100 - line);
    }
    sim_raise(0);
    CHECK_EQUAL(depth, IRQ_LINES);
    remove_lines();
}

static void lines_that_are_none(void)
{
    CHECK(!sim_irq_install(IRQ_LINES, marks, RT_NULL, "none"));
    CHECK(!sim_irq_set_priority(IRQ_LINES, 1));
    CHECK(!sim_irq_set_priority(LOW, 256));
    CHECK(!sim_irq_enable(IRQ_LINES, true));
    CHECK(sim_irq_enable(LOW, true) && sim_irq_enable(LOW, false));
}

/* --- times, in ns, by hand --- */

static void computes(int line, void *microseconds)
{
    sim_spend((rt_uint32_t)(rt_ubase_t)microseconds);
}

static void on_core_0(void)
{
    rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_BIND_CPU, (void *)0);
    align();
}

#define CHECK_TIMES(times, low, high, all)                                                         \
    do {                                                                                           \
        CHECK_EQUAL((times).least, low);                                                           \
        CHECK_EQUAL((times).most, high);                                                           \
        CHECK_EQUAL((times).sum, all);                                                             \
    } while (0)

/*
 * A device raises LOW (7 us long) at 100, 200 and 300 us. The thread computes 150 us, which end at
 * 157, and then 80 us with interrupts off, to 237: the second raise waits 37 us. Kernel calls on
 * the way cost 100 ns each.
 */
static void latency_and_duration(void)
{
    on_core_0();
    sim_irq_install(LOW, computes, (void *)7, "seven");
    interrupts_reset();
    CHECK(sim_device(LOW, 100, 100, 0, 3));
    sim_spend(150);
    const rt_base_t off = rt_hw_interrupt_disable();
    sim_spend(80);
    rt_hw_interrupt_enable(off);
    sim_spend(100);
    const struct irq_statistics s = interrupts_of(LOW);
    CHECK_EQUAL(s.raised, 3);
    CHECK_EQUAL(s.taken, 3);
    CHECK_EQUAL(s.merged, 0);
    CHECK_EQUAL(s.latency.least, 0);
    CHECK(s.latency.most >= 37000 && s.latency.most <= 37600);
    CHECK_EQUAL(s.latency.sum, s.latency.most);
    CHECK(s.duration.least >= 7000 && s.duration.most <= 7050);
    remove_lines();
}

/* What an ISR that interrupts another takes is its own time, not the other's. */
static void raises_and_computes(int line, void *unused)
{
    sim_spend(10);
    sim_raise(HIGH);
    sim_spend(5);
}

static void nested_durations(void)
{
    on_core_0();
    sim_irq_install(LOW, raises_and_computes, RT_NULL, "outer");
    sim_irq_install(HIGH, computes, (void *)40, "inner");
    sim_irq_set_priority(LOW, 200);
    sim_irq_set_priority(HIGH, 100);
    interrupts_reset();
    sim_raise(LOW);
    const struct irq_statistics outer = interrupts_of(LOW), inner = interrupts_of(HIGH);
    CHECK(inner.duration.most >= 40000 && inner.duration.most <= 40050);
    CHECK(outer.duration.most >= 15000 && outer.duration.most <= 15300);
    CHECK_EQUAL(inner.chained, 0);
    remove_lines();
}

/* Raised five times while it can't be taken: one ISR, four lost, and it waited since the first. */
static void merged_raises(void)
{
    on_core_0();
    sim_irq_install(LOW, computes, (void *)1, "merged");
    interrupts_reset();
    const rt_base_t off = rt_hw_interrupt_disable();
    for (unsigned i = 0; i < 5; i++) {
        sim_raise(LOW);
        sim_spend(10);
    }
    rt_hw_interrupt_enable(off);
    const struct irq_statistics s = interrupts_of(LOW);
    CHECK_EQUAL(s.raised, 5);
    CHECK_EQUAL(s.merged, 4);
    CHECK_EQUAL(s.taken, 1);
    CHECK(s.latency.most >= 50000 && s.latency.most <= 50100);
    remove_lines();
}

/* Four lines due at once, but for the time it takes to say so, 3 us each: they wait 0, 3, 6, 9 us.
 */
static void a_queue_of_equals(void)
{
    on_core_0();
    interrupts_reset();
    for (unsigned line = 1; line <= 4; line++) {
        sim_irq_install(line, computes, (void *)3, "equal");
        CHECK(sim_device(line, 50, 0, 0, 1));
    }
    sim_spend(100);
    for (unsigned line = 1; line <= 4; line++) {
        const struct irq_statistics s = interrupts_of(line);
        const uint64_t waited = (line - 1) * 3000;

        CHECK(s.latency.most <= waited && s.latency.most + 300 * (line - 1) >= waited);
        CHECK_EQUAL(s.chained, line > 1);
    }
    remove_lines();
}

static void time_off(void)
{
    on_core_0();
    interrupts_reset();
    interrupts_watch();
    const rt_base_t outer = rt_hw_interrupt_disable();
    sim_spend(20);
    const rt_base_t inner = rt_hw_interrupt_disable();
    sim_spend(30);
    rt_hw_interrupt_enable(inner);
    sim_irq_mask_from(255); /* never wholly on in between */
    rt_hw_interrupt_enable(outer);
    sim_spend(10);
    sim_irq_mask_from(0);
    const struct irq_off_time longest = interrupts_off(0);
    CHECK(longest.ns >= 60000 && longest.ns <= 60400);
    CHECK(strcmp(longest.task, "main") == 0);
    CHECK(longest.from != RT_NULL);
    const rt_base_t shorter = rt_hw_interrupt_disable();
    sim_spend(40);
    rt_hw_interrupt_enable(shorter);
    CHECK_EQUAL(interrupts_off(0).end_ns, longest.end_ns);
    kernel.irq.watched = false;
}

/* --- sources --- */

enum { TIMES_MAX = 32 };

static uint64_t times[TIMES_MAX];
static unsigned times_count, seen_core;

static void notes_time(int line, void *unused)
{
    if (times_count < TIMES_MAX)
        times[times_count] = sim_time_us();
    times_count++;
    seen_core = (unsigned)(kernel_core() - kernel.cores);
}

/* Bursts of 3 raises 20 us apart, every 500 us, three times. */
static void bursts(void)
{
    const struct sim_source source = {
        .line = LOW, .first = 100, .period = 500, .burst = 3, .gap = 20, .count = 3};

    on_core_0();
    sim_irq_install(LOW, notes_time, RT_NULL, "burst");
    times_count = 0;
    const uint64_t start = sim_time_us();
    CHECK(sim_source_start(&source));
    sim_spend(2000);
    CHECK_EQUAL(times_count, 9);
    for (unsigned i = 0; i < 9; i++) {
        const uint64_t due = start + 100 + i / 3 * 500 + i % 3 * 20;

        CHECK(times[i] >= due && times[i] <= due + 1);
    }
    remove_lines();
}

/* Late as a whole by up to the jitter, and never out of order. */
static void bursts_with_jitter(void)
{
    const struct sim_source source = {
        .line = LOW, .first = 100, .period = 300, .jitter = 250, .burst = 4, .gap = 30, .count = 5};

    on_core_0();
    sim_irq_install(LOW, notes_time, RT_NULL, "burst");
    times_count = 0;
    const uint64_t start = sim_time_us();
    CHECK(sim_source_start(&source));
    sim_spend(4000);
    CHECK_EQUAL(times_count, 20);
    for (unsigned i = 0; i < 20; i++) {
        const uint64_t due = start + 100 + i / 4 * 300 + i % 4 * 30;

        CHECK(times[i] >= due && times[i] <= due + 250 + 100 + 2);
        CHECK(i == 0 || times[i] >= times[i - 1]);
        CHECK(i % 4 == 0 || (times[i] - times[i - 1] >= 29 && times[i] - times[i - 1] <= 31));
    }
    remove_lines();
}

static void a_source_of_each_core(void)
{
    sim_irq_install(LOW, notes_time, RT_NULL, "core");
    for (unsigned core = 0; core < kernel.core_count; core++) {
        const struct sim_source source = {.line = LOW, .core = core, .first = 50, .count = 1};

        times_count = 0;
        seen_core = CORES_MAX;
        CHECK(sim_source_start(&source));
        rt_thread_delay(2);
        CHECK_EQUAL(times_count, 1);
        CHECK_EQUAL(seen_core, core);
    }
    CHECK(!sim_source_start(&(struct sim_source){.line = LOW, .core = kernel.core_count}));
    CHECK(!sim_source_start(&(struct sim_source){.line = IRQ_LINES}));
    remove_lines();
}

/* --- between cores --- */

static volatile unsigned hops, at_core[64];

/* Each core's ISR raises the line on the next one. */
static void passes_on(int line, void *limit)
{
    const unsigned core = (unsigned)(kernel_core() - kernel.cores);

    at_core[core]++;
    if (++hops < *(unsigned *)limit)
        sim_raise_on((core + 1) % kernel.core_count, LOW);
}

static void round_all_cores(void)
{
    unsigned limit = 5 * kernel.core_count;

    hops = 0;
    memset((void *)at_core, 0, sizeof at_core);
    sim_irq_install(LOW, passes_on, &limit, "ipi");
    interrupts_reset();
    sim_raise_on(sim_random(kernel.core_count), LOW);
    rt_thread_delay(2);
    CHECK_EQUAL(hops, limit);
    for (unsigned core = 0; core < kernel.core_count; core++)
        CHECK_EQUAL(at_core[core], 5);
    CHECK_EQUAL(interrupts_of(LOW).taken, limit);
    CHECK_EQUAL(interrupts_of(LOW).merged, 0);
    remove_lines();
}

/* From every core to every core: each sends to all others once a round. */
static void sends_to_all(void *self)
{
    const unsigned core = (unsigned)(rt_ubase_t)self;

    for (unsigned round = 0; round < 10; round++) {
        for (unsigned to = 0; to < kernel.core_count; to++)
            if (to != core)
                sim_raise_on(to, core);
        sim_spend(20 + sim_random(20));
    }
}

static void counts_on_core(int line, void *unused)
{
    at_core[kernel_core() - kernel.cores]++;
}

static void all_to_all(void)
{
    unsigned merged = 0, all = 0;

    memset((void *)at_core, 0, sizeof at_core);
    interrupts_reset();
    for (unsigned core = 0; core < kernel.core_count; core++) {
        sim_irq_install(core, counts_on_core, RT_NULL, "ipi");
        const rt_thread_t thread = prepare_anywhere(sends_to_all, (void *)(rt_ubase_t)core, 12);
        rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)(rt_ubase_t)core);
        rt_thread_startup(thread);
    }
    rt_thread_delay(5);
    for (unsigned core = 0; core < kernel.core_count; core++) {
        merged += interrupts_of(core).merged;
        all += at_core[core];
        CHECK_EQUAL(interrupts_of(core).raised, 10 * (kernel.core_count - 1));
    }
    CHECK_EQUAL(all + merged, 10 * kernel.core_count * (kernel.core_count - 1));
    remove_lines();
}

static const struct test_case cases[] = {
    {"each priority and level", each_priority_and_level},
    {"levels step down", levels_step_down},
    {"a level and all", a_level_and_all},
    {"a level keeps the core", a_level_keeps_the_core},
    {"a level in an ISR", a_level_in_an_isr},
    {"a ceiling", a_ceiling},
    {"all lines by priority", all_lines_by_priority},
    {"all lines nested", all_lines_nested},
    {"lines that are none", lines_that_are_none},
    {"latency and duration", latency_and_duration},
    {"nested durations", nested_durations},
    {"merged raises", merged_raises},
    {"a queue of equals", a_queue_of_equals},
    {"time off", time_off},
    {"bursts", bursts},
    {"bursts with jitter", bursts_with_jitter},
    {"a source of each core", a_source_of_each_core},
    {"round all cores", round_all_cores},
    {"all to all", all_to_all},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
