/*
 * Each core counts for itself, so that no two host threads write to one counter; only the time when
 * a line was raised may come from another core. Everything here may run in a signal handler.
 */
#include "interrupts.h"

#include <string.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "backtrace.h"
#include "engine.h"
#include "races.h"
#include "symbol.h"

enum { NESTING_MAX = 256, FRAMES = 24 };

struct running {
    uint64_t since;
    uint64_t others; /* ns that ISRs took which interrupted it */
};

struct core_counts {
    struct irq_statistics lines[IRQ_ALL_LINES];
    uint64_t raised_at[IRQ_ALL_LINES];
    struct running running[NESTING_MAX];
    uint64_t off_since;
    struct irq_off_time off;
    const void *frames[FRAMES]; /* where the longest one ended */
    size_t frame_count;
};

static struct core_counts counts[CORES_MAX];

void interrupts_watch(void)
{
    kernel.irq.watched = true;
}

void interrupts_reset(void)
{
    memset(counts, 0, sizeof counts);
}

/* --- counting --- */

static void add_time(struct irq_times *times, uint64_t ns, uint32_t count)
{
    if (count == 1 || ns < times->least)
        times->least = ns;
    if (ns > times->most)
        times->most = ns;
    times->sum += ns;
}

static uint64_t passed(uint64_t since)
{
    const uint64_t now = engine_now();

    return now > since ? now - since : 0; /* another core's clock may be ahead */
}

void port_irq_raised(unsigned core, unsigned line, bool again)
{
    struct core_counts *const c = &counts[core];

    __atomic_fetch_add(&c->lines[line].raised, 1, __ATOMIC_RELAXED);
    if (again)
        __atomic_fetch_add(&c->lines[line].merged, 1, __ATOMIC_RELAXED);
    else
        __atomic_store_n(&c->raised_at[line], engine_now(), __ATOMIC_RELAXED);
}

void port_irq_enter(unsigned line, bool chained)
{
    struct core_counts *const c = &counts[port_core()];
    struct irq_statistics *const l = &c->lines[line];
    const uint32_t nesting = kernel_core()->interrupts;

    engine_change_context();
    l->taken++;
    l->chained += chained;
    add_time(&l->latency, passed(__atomic_load_n(&c->raised_at[line], __ATOMIC_RELAXED)), l->taken);
    if (nesting < NESTING_MAX)
        c->running[nesting] = (struct running){.since = engine_now()};
    if (races_on) /* the handler is called from where this is: its frames lie below the same place
                   */
        races_isr_enter(line, (char *)__builtin_frame_address(0) + 2 * sizeof(void *));
}

void port_irq_exit(unsigned line)
{
    struct core_counts *const c = &counts[port_core()];
    struct irq_statistics *const l = &c->lines[line];
    const uint32_t nesting = kernel_core()->interrupts;

    engine_change_context();
    if (races_on)
        races_isr_exit();
    if (nesting >= NESTING_MAX)
        return;
    const uint64_t all = passed(c->running[nesting].since);
    add_time(&l->duration, all - c->running[nesting].others, l->taken);
    if (nesting > 1)
        c->running[nesting - 1].others += all;
}

void port_irq_off(void)
{
    counts[port_core()].off_since = engine_now();
}

static void describe_self(char *text, size_t size)
{
    const struct core *const core = kernel_core();

    if (core->interrupts > 0)
        snprintf(text, size, "isr:%u", core->isr_line);
    else
        snprintf(text, size, "%s", core->current != NULL ? core->current->name : "boot");
}

void port_irq_on(const void *site)
{
    struct core_counts *const c = &counts[port_core()];
    const uint64_t ns = passed(c->off_since);

    if (ns <= c->off.ns)
        return;
    c->off = (struct irq_off_time){.ns = ns, .end_ns = engine_now(), .from = site};
    describe_self(c->off.task, sizeof c->off.task);
    c->frame_count = backtrace_capture(NULL, c->frames, FRAMES);
}

/* --- what was counted --- */

static void merge_times(struct irq_times *all, const struct irq_times *one, bool first)
{
    if (first || one->least < all->least)
        all->least = one->least;
    if (one->most > all->most)
        all->most = one->most;
    all->sum += one->sum;
}

struct irq_statistics interrupts_of(unsigned line)
{
    struct irq_statistics all = {0};

    for (unsigned core = 0; core < CORES_MAX; core++) {
        const struct irq_statistics *const one = &counts[core].lines[line];

        all.raised += one->raised;
        all.merged += one->merged;
        if (one->taken == 0)
            continue;
        merge_times(&all.latency, &one->latency, all.taken == 0);
        merge_times(&all.duration, &one->duration, all.taken == 0);
        all.taken += one->taken;
        all.chained += one->chained;
    }
    return all;
}

struct irq_off_time interrupts_off(unsigned core)
{
    return counts[core].off;
}

/* --- the report --- */

static void print_times(FILE *file, const struct irq_times *times, uint32_t count)
{
    fprintf(file, "  %9.2f %9.2f %9.2f", (double)times->least / 1000,
            count > 0 ? (double)times->sum / count / 1000 : 0.0, (double)times->most / 1000);
}

static void print_line(FILE *file, unsigned line)
{
    const struct irq_statistics s = interrupts_of(line);
    const struct irq_line *const l = &kernel.irq.lines[line];

    if (s.raised == 0)
        return;
    fprintf(file, "%4u %-12.12s %8u %8u %8u %8u %8u", line, l->name != NULL ? l->name : "-",
            l->priority, s.raised, s.taken, s.merged, s.chained);
    print_times(file, &s.latency, s.taken);
    print_times(file, &s.duration, s.taken);
    fputc('\n', file);
}

static void print_off(FILE *file, unsigned core)
{
    const struct core_counts *const c = &counts[core];
    char from[160] = "the kernel";
    char to[600];

    if (c->off.ns == 0)
        return;
    if (c->off.from != NULL)
        symbol_describe(c->off.from, from, sizeof from);
    backtrace_describe(c->frames, c->frame_count, to, sizeof to);
    fprintf(file,
            "Interrupts were off on core %u for %.2f us at most, by '%s', until %.2f us: from %s, "
            "until %s.\n",
            core, (double)c->off.ns / 1000, c->off.task, (double)c->off.end_ns / 1000, from,
            to[0] != '\0' ? to : "the kernel's end of it");
}

void interrupts_report(FILE *file)
{
    fprintf(file, "%4s %-12s %8s %8s %8s %8s %8s  %29s  %29s\n", "line", "name", "priority",
            "raised", "taken", "merged", "chained", "latency us: min   mean    max ",
            "duration us: min  mean    max ");
    for (unsigned line = 0; line < IRQ_ALL_LINES; line++)
        print_line(file, line);
    for (unsigned core = 0; core < kernel.core_count; core++)
        print_off(file, core);
}
