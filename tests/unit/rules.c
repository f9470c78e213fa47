/*
 * The judge over contexts, apart from any call: every set of circumstances against every kind,
 * names that lead to rows, and the rules about returning and deleting.
 */
#include "unit.h"

#include "../../kernel/api/freertos/internal.h"
#undef CALL
#include "../../kernel/irq/rules.h"

static bool never_otherwise(void)
{
    return false;
}

static bool otherwise = true;

static bool is_otherwise(void)
{
    return otherwise;
}

#define expect_misuse(kind, what)                                                                  \
    do {                                                                                           \
        unit_expect();                                                                             \
        what;                                                                                      \
        unit_diagnosed(kind, 1);                                                                   \
    } while (0)

static struct task self;

/* Makes rules_here() answer that set, as far as one can be in all of them at once. */
static void be(unsigned here)
{
    struct core *const core = &kernel.cores[0];

    kernel.core_count = 1;
    kernel.irq.ceiling = 80;
    core->interrupts = (here & ISRS) != 0;
    core->isr_priority = (here & IN_URGENT_ISR) != 0 ? 79 : 80;
    core->current = (here & (BEFORE_START | IN_BOOT_ISR)) != 0 ? NULL
                    : (here & IN_IDLE) != 0                    ? &core->idle
                                                               : &self;
    self.schedule_locks = core->idle.schedule_locks = (here & SCHEDULER_LOCKED) != 0;
    core->masked = (here & INTERRUPTS_OFF) != 0;
    core->mask_level = 0;
}

static void circumstances(void **state)
{
    static const unsigned sets[] = {0,
                                    IN_URGENT_ISR,
                                    IN_ISR,
                                    IN_BOOT_ISR,
                                    BEFORE_START,
                                    SCHEDULER_LOCKED,
                                    INTERRUPTS_OFF,
                                    IN_IDLE,
                                    SCHEDULER_LOCKED | INTERRUPTS_OFF,
                                    SCHEDULER_LOCKED | IN_IDLE,
                                    INTERRUPTS_OFF | IN_IDLE,
                                    SCHEDULER_LOCKED | INTERRUPTS_OFF | IN_IDLE};

    (void)state;
    for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        be(sets[i]);
        assert_int_equal(rules_here(), sets[i]);
    }
    be(0);
    kernel.cores[0].mask_level = 255; /* one priority is enough */
    assert_int_equal(rules_here(), INTERRUPTS_OFF);
    be(IN_URGENT_ISR);
    kernel.irq.ceiling = 0; /* no RTOS but FreeRTOS has one */
    assert_int_equal(rules_here(), IN_ISR);
}

/* All 2^7 sets against all limits of one bit each, with and without waiting. */
static void every_cell(void **state)
{
    struct rule_kind kind = {
        .name = "k", .reason = "r", .instead = "i", .otherwise = never_otherwise};
    const struct call_rule row = {"call", &kind, ""};
    const struct call_rules rules = {&row, 1, &kind, "task", "lock", "mask", NULL, NULL};
    const struct heap_call call = {.name = row.name};

    (void)state;
    be(0);
    for (unsigned here = 0; here < 1u << CIRCUMSTANCES; here++) {
        for (unsigned bit = 1; bit < 1u << CIRCUMSTANCES; bit <<= 1) {
            const bool hit = (here & bit) != 0;

            kind.limits = (struct rule_limits){(uint8_t)bit, 0};
            assert_int_equal(rules_judge(&rules, NULL, call, here, false, false), !hit);
            assert_int_equal(rules_judge(&rules, NULL, call, here, true, false), !hit);
            kind.limits = (struct rule_limits){0, (uint8_t)bit};
            assert_true(rules_judge(&rules, NULL, call, here, false, false));
            assert_int_equal(rules_judge(&rules, NULL, call, here, true, false), !hit);
        }
    }
}

static void a_kind_may_differ(void **state)
{
    static const struct rule_kind kind = {
        .limits = {IN_ISR, 0}, .otherwise = is_otherwise, .other_limits = {IN_IDLE, 0}};

    (void)state;
    otherwise = false;
    assert_int_equal(rules_limits(&kind).forbidden, IN_ISR);
    otherwise = true;
    assert_int_equal(rules_limits(&kind).forbidden, IN_IDLE);
}

static void names_lead_to_rows(void **state)
{
    char copied[48] = "vPortFree";
    const struct call_rule *const row = &freertos_rows[FREERTOS_ROW_vPortFree];

    (void)state;
    assert_ptr_equal(rules_row(&freertos_rules, row->name), row);
    assert_ptr_equal(rules_row(&freertos_rules, copied), row);
    assert_null(rules_row(&freertos_rules, "malloc"));
    for (unsigned i = 0; i < FREERTOS_ROWS; i++)
        assert_ptr_equal(rules_row(&freertos_rules, freertos_rows[i].name), &freertos_rows[i]);
}

/* The C library's malloc has no row of its own: it is judged as the heap's calls are. */
static void names_without_rows(void **state)
{
    const struct heap_call call = {.name = "malloc"};

    (void)state;
    be(IN_ISR);
    expect_misuse(DIAGNOSIS_CONTEXT, assert_false(rules_allow(&freertos_rules, call, false)));
    be(SCHEDULER_LOCKED);
    assert_true(rules_allow(&freertos_rules, call, false));
    be(0);
}

/* What is told is the first that forbids it, and why, and what to do. */
static void what_is_told(void **state)
{
    static const struct rule_kind kind = {.reason = "r", .instead = "i", .limits = {0x7f, 0}};
    const struct call_rule row = {"call", &kind, ""};
    const struct call_rules rules = {&row, 1, &kind, "thread", "lock()", "mask()", NULL, NULL};
    static const struct {
        unsigned here;
        const char *text;
    } table[] = {
        {IN_URGENT_ISR, "priority 79: calls are protected only against priorities from 80"},
        {IN_ISR, "it may not be called in an interrupt"},
        {IN_BOOT_ISR, "it may not be called in an interrupt"},
        {BEFORE_START, "it needs a thread, and the scheduler has not started"},
        {SCHEDULER_LOCKED, "the scheduler is locked (lock())"},
        {INTERRUPTS_OFF, "interrupts are off (mask())"},
        {IN_IDLE, "the idle thread must always be ready"},
        {SCHEDULER_LOCKED | IN_IDLE, "the scheduler is locked (lock())"}};

    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        be(table[i].here);
        expect_misuse(DIAGNOSIS_CONTEXT, assert_false(rules_allow(
                                             &rules, (struct heap_call){.name = row.name}, false)));
        assert_non_null(strstr(diagnose_last()->text, table[i].text));
        assert_string_equal(diagnose_last()->rule, "r");
    }
    be(0);
}

/* --- returning, deleting --- */

static unsigned ran;

static void returns(void *argument)
{
    ran += *(unsigned *)argument;
}

static void a_task_function_returns(void **state)
{
    static const struct call_rules lenient = {.ends_by = NULL};
    unsigned one = 1;

    (void)state;
    be(0);
    expect_misuse(DIAGNOSIS_CONTEXT, freertos_task_body(returns, &one));
    assert_int_equal(ran, 1);
    assert_non_null(strstr(diagnose_last()->instead, "vTaskDelete"));
    assert_true(rules_allow_return(&lenient, returns));
}

static void deleting_what_others_wait_for(void **state)
{
    static const struct call_rules lenient = {.wakes_first = NULL};
    const struct heap_call call = {.name = "vQueueDelete"};
    struct wait_queue queue;
    struct task waiter = {.name = "w"};

    (void)state;
    be(0);
    wait_queue_init(&queue, WAIT_FIFO, "queue", "q");
    assert_true(rules_allow_delete(&freertos_rules, &queue, call));
    list_add_tail(&queue.waiters, &waiter.wait_link);
    expect_misuse(DIAGNOSIS_CONTEXT,
                  assert_false(rules_allow_delete(&freertos_rules, &queue, call)));
    assert_string_equal(diagnose_last()->text, "task 'w' still waits for queue 'q'");
    assert_true(rules_allow_delete(&lenient, &queue, call));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circumstances),           cmocka_unit_test(every_cell),
        cmocka_unit_test(a_kind_may_differ),       cmocka_unit_test(names_lead_to_rows),
        cmocka_unit_test(names_without_rows),      cmocka_unit_test(what_is_told),
        cmocka_unit_test(a_task_function_returns), cmocka_unit_test(deleting_what_others_wait_for),
    };

    diagnose_set_policy(VIOLATION_RETURN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
