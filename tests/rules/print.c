/* Prints a dialect's table as docs/context-rules.md has it. */
#include <stdio.h>

#include RULES_HEADER

#include "../../kernel/irq/rules.h"

static const unsigned order[] = {0,           IN_ISR,           IN_URGENT_ISR,  BEFORE_START,
                                 IN_BOOT_ISR, SCHEDULER_LOCKED, INTERRUPTS_OFF, IN_IDLE};

static const char *cell(struct rule_limits limits, unsigned bit)
{
    return (limits.forbidden & bit) != 0 ? "no" : (limits.no_wait & bit) != 0 ? "no wait" : "yes";
}

static void print_cells(struct rule_limits limits)
{
    for (unsigned i = 0; i < sizeof order / sizeof order[0]; i++)
        printf(" %s |", cell(limits, order[i]));
}

/* The rows of one kind, in the order of the table. */
static void print_kind(const struct rule_kind *kind)
{
    printf("| %s |", kind->name);
    print_cells(kind->limits);
    printf("\n");
    if (kind->otherwise != NULL) {
        printf("| %s, with `%s` |", kind->name, kind->other_when);
        print_cells(kind->other_limits);
        printf("\n");
    }
}

static bool is_first(unsigned row)
{
    for (unsigned i = 0; i < row; i++)
        if (RULES.rows[i].kind == RULES.rows[row].kind)
            return false;
    return true;
}

static void print_calls(const struct rule_kind *kind)
{
    bool first = true;

    printf("- **%s**: %s", kind->name, kind->reason);
    if (kind->instead[0] != '\0')
        printf(" In an interrupt: %s", kind->instead);
    printf("\n");
    for (unsigned i = 0; i < RULES.count; i++) {
        const struct call_rule *const row = &RULES.rows[i];

        if (row->kind != kind)
            continue;
        printf("%s`%s`", first ? "  " : ", ", row->name);
        if (row->refused[0] != '\0')
            printf(" (%s)", row->refused);
        first = false;
    }
    printf("\n");
}

int main(void)
{
    printf("| kind | %s | interrupt | urgent interrupt | before the start | interrupt before it | "
           "scheduler locked | interrupts off | idle %s |\n"
           "|---|---|---|---|---|---|---|---|---|\n",
           RULES.task, RULES.task);
    for (unsigned i = 0; i < RULES.count; i++)
        if (is_first(i))
            print_kind(RULES.rows[i].kind);
    printf("\n");
    for (unsigned i = 0; i < RULES.count; i++)
        if (is_first(i))
            print_calls(RULES.rows[i].kind);
    return 0;
}
