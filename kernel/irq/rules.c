#include "rules.h"

#include "../port.h"

const struct call_rule *rules_row(const struct call_rules *rules, const char *name)
{
    const uintptr_t offset = (uintptr_t)name - (uintptr_t)rules->rows;

    if (offset < rules->count * sizeof rules->rows[0])
        return &rules->rows[offset / sizeof rules->rows[0]];
    for (unsigned i = 0; i < rules->count; i++)
        if (strcmp(rules->rows[i].name, name) == 0)
            return &rules->rows[i];
    return NULL;
}

/* --- what a broken rule is told as --- */

static const char *const advice[CIRCUMSTANCES] = {
    "Give the line a less urgent priority, or let the ISR only note what happened and raise a line "
    "that is less urgent.",
    NULL, /* the kind's own */
    NULL,
    "Make the call from a task, or wait for nothing before the scheduler starts.",
    "Unlock the scheduler before the call.",
    "Switch interrupts on before the call.",
    "Give this work to a task of its own, with the least urgent priority."};

static void format(char *text, size_t size, const char *pattern, ...)
{
    va_list args;

    va_start(args, pattern);
    port_format(text, size, pattern, args);
    va_end(args);
}

/* The clause for one circumstance. */
static void describe(const struct call_rules *rules, unsigned bit, bool waits, char *text,
                     size_t size)
{
    const char *const does = waits ? "it would have to wait" : "it may wait";

    switch (bit) {
    case IN_URGENT_ISR:
        format(text, size,
               "it may not be called in an interrupt of priority %u: calls are protected only "
               "against priorities from %u on",
               kernel_core()->isr_priority, kernel.irq.ceiling);
        break;
    case IN_ISR:
    case IN_BOOT_ISR:
        format(text, size,
               waits ? "it would have to wait, which an interrupt must not"
                     : "it may not be called in an interrupt");
        break;
    case BEFORE_START:
        format(text, size, "it needs a %s, and the scheduler has not started", rules->task);
        break;
    case SCHEDULER_LOCKED:
        format(text, size, "%s, and the scheduler is locked (%s)", does, rules->lock_call);
        break;
    case INTERRUPTS_OFF:
        format(text, size, "%s, and interrupts are off (%s)", does, rules->mask_call);
        break;
    default:
        format(text, size, "%s, and the idle %s must always be ready", does, rules->task);
        break;
    }
}

static void tell(const struct call_rules *rules, const struct rule_kind *kind,
                 struct heap_call call, unsigned bit, bool waits)
{
    const char *const general = advice[__builtin_ctz(bit)];
    char text[160];
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_CONTEXT,
                                        .call = call.name,
                                        .site = call.site,
                                        .text = text,
                                        .rule = kind->reason,
                                        .instead = general != NULL ? general : kind->instead};

    describe(rules, bit, waits, text, sizeof text);
    port_diagnosis(&diagnosis);
}

/* --- two rules that are about no context --- */

bool rules_allow_return(const struct call_rules *rules, void (*function)(void *))
{
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_CONTEXT,
                                        .call = "a task's function",
                                        .site = (const char *)(uintptr_t)function + 1,
                                        .text = "it returned",
                                        .rule = "There is nothing it could return to.",
                                        .instead = rules->ends_by};

    if (rules->ends_by != NULL)
        port_diagnosis(&diagnosis);
    return rules->ends_by == NULL;
}

bool rules_allow_delete(const struct call_rules *rules, const struct wait_queue *queue,
                        struct heap_call call)
{
    const struct task *const waiter = wait_first(queue);
    char text[160];
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_CONTEXT,
                                        .call = call.name,
                                        .site = call.site,
                                        .text = text,
                                        .rule = "Who waits for a deleted object waits for ever.",
                                        .instead = rules->wakes_first};

    if (waiter == NULL || rules->wakes_first == NULL)
        return true;
    format(text, sizeof text, "task '%s' still waits for %s '%s'", waiter->name, queue->kind,
           queue->name);
    port_diagnosis(&diagnosis);
    return false;
}

/* --- the judge --- */

bool rules_judge(const struct call_rules *rules, const struct rule_kind *kind,
                 struct heap_call call, unsigned here, bool waits, bool told)
{
    if (kind == NULL) {
        const struct call_rule *const row = rules_row(rules, call.name);

        kind = row != NULL ? row->kind : rules->fallback;
    }
    const struct rule_limits limits = rules_limits(kind);
    const unsigned broken = here & limits.forbidden;
    const unsigned waited = waits ? here & limits.no_wait : 0;

    if ((broken | waited) == 0)
        return true;
    if (told) {
        const unsigned bit = broken != 0 ? broken & -broken : waited & -waited;

        tell(rules, kind, call, bit, broken == 0);
    }
    return false;
}
