/*
 * The heap of deadlines against a plain list: at random, with few different ticks, so that many are
 * equal, and across the wrap of the tick counter.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../../kernel/task/deadline.h"
#include "../../sim/random.h"

enum { NODES = 200 };

/* In the model the first one is that with the least distance, then the least start. */
struct node {
    struct deadline deadline;
    uint64_t started; /* 0: not active */
};

static struct node nodes[NODES];
static struct deadlines heap;
static uint64_t starts;

static struct node *model_first(uint32_t now)
{
    struct node *first = NULL;

    for (unsigned i = 0; i < NODES; i++) {
        struct node *const node = &nodes[i];

        if (node->started == 0)
            continue;
        const int32_t distance = (int32_t)(node->deadline.tick - now);
        const int32_t best = first != NULL ? (int32_t)(first->deadline.tick - now) : 0;
        if (first == NULL || distance < best ||
            (distance == best && node->started < first->started))
            first = node;
    }
    return first;
}

static void check_first(uint32_t now)
{
    const struct node *const first = model_first(now);

    assert_ptr_equal(heap.first, first != NULL ? &first->deadline : NULL);
    if (first == NULL)
        assert_int_equal(deadline_distance(&heap, now), UINT32_MAX);
    else if ((int32_t)(first->deadline.tick - now) > 0)
        assert_int_equal(deadline_distance(&heap, now), first->deadline.tick - now);
    else
        assert_int_equal(deadline_distance(&heap, now), 0);
}

static void start(struct node *node, uint32_t tick)
{
    if (node->deadline.active)
        deadline_stop(&heap, &node->deadline);
    deadline_start(&heap, &node->deadline, tick);
    node->started = ++starts;
}

static void stop(struct node *node)
{
    deadline_stop(&heap, &node->deadline); /* also if it is not active */
    assert_false(node->deadline.active);
    node->started = 0;
}

static void take_all_due(uint32_t now)
{
    struct deadline *due;

    while ((due = deadline_take(&heap, now)) != NULL) {
        struct node *const expected = model_first(now);

        assert_ptr_equal(due, &expected->deadline);
        assert_true((int32_t)(due->tick - now) <= 0);
        expected->started = 0;
        check_first(now);
    }
}

static void equals_a_list(void **state)
{
    static const uint32_t begins[] = {0, 1000, UINT32_MAX - 500, INT32_MAX - 500u};

    (void)state;
    for (unsigned i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        struct random random = {.state = i};
        uint32_t now = begins[i];

        for (unsigned step = 0; step < 20000; step++) {
            struct node *const node = &nodes[random_below(&random, NODES)];

            switch (random_below(&random, 8)) {
            case 0:
            case 1:
                stop(node);
                break;
            case 2:
                now += (uint32_t)random_below(&random, 3);
                take_all_due(now);
                break;
            default:
                start(node, now + 1 + (uint32_t)random_below(&random, step % 1000 < 500 ? 8 : 300));
            }
            check_first(now);
        }
        for (unsigned j = 0; j < NODES; j++)
            stop(&nodes[j]);
        check_first(now);
    }
}

static void equal_ones_in_order_of_start(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NODES; i++)
        start(&nodes[i * 7 % NODES], 77);
    for (unsigned i = 0; i < NODES; i++) {
        assert_ptr_equal(deadline_take(&heap, 77), &nodes[i * 7 % NODES].deadline);
        nodes[i * 7 % NODES].started = 0;
    }
    assert_null(deadline_take(&heap, 77));
}

static void not_before_its_tick(void **state)
{
    (void)state;
    start(&nodes[0], 5);
    assert_null(deadline_take(&heap, 4));
    assert_ptr_equal(deadline_take(&heap, 5), &nodes[0].deadline);
    nodes[0].started = 0;
    start(&nodes[0], 5);
    assert_ptr_equal(deadline_take(&heap, 9), &nodes[0].deadline); /* late */
    nodes[0].started = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_a_list),
        cmocka_unit_test(equal_ones_in_order_of_start),
        cmocka_unit_test(not_before_its_tick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
