/* The race detector without a simulator around it: events and accesses by hand. */
#include "../../sim/races.h"

#include "../../kernel/kernel.h"
#include "../../sim/diagnose.h"
#include "unit.h"

static struct task tasks[3];
static uint32_t word;
static uint8_t large[64 * 1024];

static void run(unsigned task)
{
    kernel.cores[0].current = &tasks[task];
    port_kernel_event(EVENT_SWITCH, tasks[task].id, 0, 0, tasks[task].name);
}

static void touch(const void *address, size_t size, unsigned kind, unsigned place)
{
    races_access(address, size, kind, (const void *)(uintptr_t)(0x100000 + place));
}

/* Races found since the last call. */
static unsigned found(void)
{
    static unsigned before;
    const unsigned all = diagnose_count(DIAGNOSIS_RACE);
    const unsigned fresh = all - before;

    before = all;
    return fresh;
}

static int set_up(void **state)
{
    (void)state;
    if (!races_on) {
        diagnose_set_policy(VIOLATION_RETURN);
        kernel_init(1, 1000);
        kernel.running = true;
        assert_true(races_start());
        for (unsigned i = 0; i < 3; i++)
            task_init(&tasks[i], "t", NULL, NULL, 10, 1);
    }
    races_reset();
    found();
    return 0;
}

static void two_tasks(void **state)
{
    (void)state;
    run(0);
    touch(&word, 4, ACCESS_WRITE, 1);
    assert_int_equal(found(), 0);
    run(1);
    touch(&word, 4, ACCESS_READ, 2);
    assert_int_equal(found(), 1);
}

/* A pair of places is told once, whichever comes first. */
static void once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        run(i % 2);
        touch(&word, 4, ACCESS_WRITE, i % 2);
    }
    assert_int_equal(found(), 1);
}

/* All that was noted is forgotten, and told again. */
static void reset(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        races_reset();
        run(0);
        touch(&word, 4, ACCESS_WRITE, 1);
        touch(large, sizeof large, ACCESS_WRITE, 1);
        races_reset();
        run(1);
        touch(&word, 4, ACCESS_WRITE, 2);
        touch(large, sizeof large, ACCESS_WRITE, 2);
        assert_int_equal(found(), 0);
        run(0);
        touch(large + sizeof large - 1, 1, ACCESS_READ, 3);
        assert_int_equal(found(), 1);
    }
}

static void kinds(void **state)
{
    enum { R = ACCESS_READ, W = ACCESS_WRITE, V = ACCESS_VOLATILE, A = ACCESS_ATOMIC };
    static const struct {
        unsigned first, second, races;
    } cases[] = {{R, R, 0},         {R, W, 1},         {W, R, 1},         {W, W, 1},
                 {V | R, V | W, 0}, {V | W, V | R, 0}, {V | W, V | W, 1}, {A | W, A | W, 0},
                 {A | R, W, 1},     {A | W, R, 1},     {V | W, R, 1},     {V | R, W, 1},
                 {A | W, V | R, 0}, {A | W, V | W, 1}, {A | R, V | W, 0}};

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        races_reset();
        run(0);
        touch(&word, 4, cases[i].first, 1);
        run(1);
        touch(&word, 4, cases[i].second, 2);
        if (found() != cases[i].races)
            fail_msg("accesses %u and %u", cases[i].first, cases[i].second);
    }
}

/* Which bytes of which size, at every offset, meet. */
static void bytes(void **state)
{
    static const size_t sizes[] = {1, 2, 4, 8, 24, 4096};

    (void)state;
    for (unsigned i = 0; i < 36; i++) {
        const size_t a = sizes[i / 6];
        const size_t b = sizes[i % 6];

        for (size_t at = 0; at < 20; at++) {
            races_reset();
            run(0);
            touch(large + 8000, a, ACCESS_WRITE, 1);
            run(1);
            touch(large + 8000 - 10 + at, b, ACCESS_READ, 2);
            const bool meet = at < 10 + a && at + b > 10;
            if (found() != meet)
                fail_msg("%zu bytes at 0, %zu at %d", a, b, (int)at - 10);
        }
    }
}

static void forgotten(void **state)
{
    (void)state;
    for (size_t at = 0; at < 20; at++) {
        races_reset();
        run(0);
        touch(large, 40, ACCESS_WRITE, 1);
        races_forget(large + at, 11);
        run(1);
        touch(large + at, 11, ACCESS_WRITE, 2);
        assert_int_equal(found(), 0);
        touch(large + at, 12, ACCESS_WRITE, 3);
        assert_int_equal(found(), 1);
        if (at > 0) {
            touch(large + at - 1, 1, ACCESS_WRITE, 4);
            assert_int_equal(found(), 1);
        }
    }
}

/* More tasks than there are contexts, coming and going: none is taken for another. */
static void many_tasks(void **state)
{
    static struct task another;

    (void)state;
    run(0);
    touch(&word, 4, ACCESS_WRITE, 1);
    for (unsigned i = 0; i < 5000; i++) {
        another.id = 100000 + i;
        port_kernel_event(EVENT_TASK_CREATE, another.id, 0, 0, "another");
        kernel.cores[0].current = &another;
        port_kernel_event(EVENT_SWITCH, another.id, 0, 0, "another");
        port_kernel_event(EVENT_TASK_CLOSE, another.id, 0, 0, "another");
    }
    run(1);
    touch(&word, 4, ACCESS_WRITE, 2);
    assert_int_equal(found(), 1);
}

/* Deep recursion ends where it began. */
static void deep_calls(void **state)
{
    (void)state;
    run(0);
    for (unsigned i = 0; i < 100000; i++)
        races_call((const void *)(uintptr_t)(0x100000 + i));
    for (unsigned i = 0; i < 100000; i++)
        races_return();
    races_return(); /* one more than there were does no harm */
    touch(&word, 4, ACCESS_WRITE, 1);
    run(1);
    touch(&word, 4, ACCESS_WRITE, 2);
    assert_int_equal(found(), 1);
}

#define CASE(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(two_tasks),  CASE(once),      CASE(reset),
                                       CASE(kinds),      CASE(bytes),     CASE(forgotten),
                                       CASE(many_tasks), CASE(deep_calls)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
