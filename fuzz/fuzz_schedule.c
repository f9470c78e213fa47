/*
 * fuzz_schedule: four tasks on three virtual cores, each with a short list of steps that are
 * correct by construction, and a list of places at which another core runs on. So what is lost,
 * counted wrong or waited for in vain is a fault of the kernel's.
 *
 *   step NAME task=.. object=..     is added to that task's list
 *   switch points=.. core=..        so many points after the one before, another core's code runs
 *
 * Locks nest in one order only. Who waits for what a task may fail to bring (an item, room, flags,
 * a notification) is served by the main task when all wait.
 */
#include "board.h"
#include "fail.h"
#include "language.h"
#include "target.h"

#include "../kernel/heap/allocators.h"
#include "../kernel/ipc/event.h"
#include "../kernel/ipc/notify.h"
#include "../kernel/ipc/queue.h"
#include "../kernel/kernel.h"
#include "../kernel/pool/pool.h"
#include "../sim/steer.h"
#include "../tests/parallel/invariants.h"

enum {
    CORES = 3,
    TASKS = 4,
    STEPS = 24,
    SWITCHES = 100, /* fewer than a schedule has room for */
    LOCKS = 3,
    SLOTS = 2,
    VALUES = 4096,
    MAIN_PRIORITY = 200,
    POOL_AT = 0x1000,
    HEAP_AT = 0x2000,
    BLOCK = 24,
    ROUNDS = 3000
};

/* clang-format off */
#define STEPS_OF(VERB)                                                                             \
    VERB(count) VERB(count_two) VERB(count_sem) VERB(count_masked) VERB(recurse) VERB(send)        \
    VERB(receive) VERB(pool) VERB(heap) VERB(set_flags) VERB(wait_flags) VERB(notify)              \
    VERB(await) VERB(delay) VERB(yield) VERB(priority) VERB(bind) VERB(compute)
/* clang-format on */

enum step_verb {
#define VERB(name) STEP_##name,
    STEPS_OF(VERB)
#undef VERB
        STEP_VERBS
};

static const struct language_verb verbs[] = {
#define VERB(name) {#name, {{"task", 'b'}, {"object", 'b'}}},
    STEPS_OF(VERB)
#undef VERB
        {"switch", {{"points", 'h'}, {"core", 'b'}}},
    {.name = NULL}};

struct step {
    enum step_verb verb;
    unsigned object;
};

static struct worker {
    struct task task;
    struct step steps[STEPS];
    unsigned count;
    bool done, gone;
} workers[TASKS];

static struct {
    uint32_t points;
    unsigned core;
} switches[SWITCHES];
static unsigned switch_count, next_switch;
static uint32_t points_passed;
static bool steers;

static const uint32_t *config;
static struct task main_task;

/* --- what they share --- */

static struct mutex mutexes[LOCKS];
static struct semaphore binary;
static volatile uint32_t counters[LOCKS + 2]; /* one for each lock, the semaphore, the mask */
static _Atomic uint32_t counted[LOCKS + 2];
static struct queue queue;
static uint32_t slots[SLOTS];
static uint8_t state_of[VALUES]; /* of a value: 1 sent, 2 received */
static unsigned values;
static struct pool pool;
static struct heap heap;
static struct semaphore heap_lock;
static struct event event;
static struct notification notes[TASKS];

static void a_point(void)
{
    port_point(POINT_KERNEL);
}

static void add_one(unsigned counter)
{
    const uint32_t before = counters[counter];

    a_point();
    counters[counter] = before + 1;
    counted[counter]++;
}

static void must(bool holds, const char *sentence)
{
    if (!holds)
        fail(sentence);
}

static void use(uint8_t *bytes, unsigned size, uint8_t mark)
{
    memset(bytes, mark, size);
    a_point();
    for (unsigned i = 0; i < size; i++)
        must(bytes[i] == mark, "two tasks have the same block");
}

/* --- steps --- */

static void lock(unsigned i)
{
    must(mutex_take(&mutexes[i], WAIT_FOREVER) == TAKEN, "a mutex was not to be had");
}

static void unlock(unsigned i)
{
    must(mutex_release(&mutexes[i]), "a mutex could not be released by its owner");
}

static void count_two(unsigned object)
{
    const unsigned first = object % (LOCKS - 1);
    const unsigned second = first + 1 + object / LOCKS % (LOCKS - 1 - first);

    lock(first);
    add_one(first);
    lock(second);
    add_one(second);
    unlock(second);
    unlock(first);
}

static uint32_t new_value(void)
{
    const bool masked = kernel_enter();
    const uint32_t value = values < VALUES ? values++ : VALUES - 1;

    kernel_leave(masked);
    return value;
}

static void note_received(uint32_t value)
{
    must(value < VALUES && state_of[value] == 1, "an item was received twice, or never sent");
    state_of[value] = 2;
}

static void send(uint32_t ticks)
{
    uint32_t value = new_value();
    const struct queue_item item = {.data = &value, .bytes = sizeof value};

    if (value == VALUES - 1)
        return;
    state_of[value] = 1;
    const enum take_result result = queue_send(&queue, &item, QUEUE_BACK, ticks);
    if (result != TAKEN)
        state_of[value] = 0;
    must(result == TAKEN || ticks == 0, "an item was not sent");
}

static void receive(uint32_t ticks)
{
    uint32_t value = VALUES;
    struct queue_item item = {.data = &value, .bytes = sizeof value};
    const enum take_result result = queue_receive(&queue, &item, ticks);

    must(result == TAKEN || ticks == 0, "no item was received");
    if (result == TAKEN)
        note_received(value);
}

static void use_pool(uint8_t mark)
{
    enum take_result result;
    const taddr_t block = pool_alloc(&pool, WAIT_FOREVER, &result, HEAP_CALL("fuzz"));

    must(block != 0 && result == TAKEN, "no block came though all are given back");
    use(target_pointer(block), BLOCK, mark);
    pool_free(&pool, block, HEAP_CALL("fuzz"));
}

static void use_heap(unsigned size, uint8_t mark)
{
    must(semaphore_take(&heap_lock, WAIT_FOREVER) == TAKEN, "the heap's lock was not to be had");
    const taddr_t block = heap_alloc(&heap, size, HEAP_CALL("fuzz"));
    must(semaphore_give(&heap_lock), "the heap's lock could not be given back");
    if (block == 0)
        return;
    use(target_pointer(block), size, mark);
    must(semaphore_take(&heap_lock, WAIT_FOREVER) == TAKEN, "the heap's lock was not to be had");
    heap_free(&heap, block, HEAP_CALL("fuzz"));
    must(semaphore_give(&heap_lock), "the heap's lock could not be given back");
}

static void wait_flags(unsigned object)
{
    const struct event_wish wish = {
        .flags = 1 + object % 15, .all = object >> 4 & 1, .clear = object >> 5 & 1};
    uint32_t found = 0;

    must(event_wait(&event, &wish, WAIT_FOREVER, &found) == TAKEN, "flags did not come");
    must(wish.all ? (found & wish.flags) == wish.flags : (found & wish.flags) != 0,
         "a wait for flags was over without them");
}

static void count_with_sem(void)
{
    must(semaphore_take(&binary, WAIT_FOREVER) == TAKEN, "a semaphore was not to be had");
    add_one(LOCKS);
    must(semaphore_give(&binary), "a semaphore could not be given back");
}

static void count_masked(void)
{
    const bool masked = kernel_mask();

    add_one(LOCKS + 1);
    kernel_leave(masked);
}

static void recurse(unsigned i)
{
    lock(i);
    lock(i);
    add_one(i);
    unlock(i);
    add_one(i);
    unlock(i);
}

static void await(struct worker *self)
{
    uint32_t found;
    const unsigned i = (unsigned)(self - workers);

    must(notify_wait(&notes[i], 0, 0, WAIT_FOREVER, &found) == TAKEN, "no notification came");
}

static void compute(unsigned object)
{
    for (unsigned i = 0; i < object % 32; i++)
        a_point();
}

static void take_step(struct worker *self, const struct step *step)
{
    const unsigned object = step->object;
    const uint8_t mark = (uint8_t)(1 + (self - workers));

    switch (step->verb) {
    case STEP_count:
        lock(object % LOCKS);
        add_one(object % LOCKS);
        unlock(object % LOCKS);
        break;
    case STEP_count_two:
        count_two(object);
        break;
    case STEP_count_sem:
        count_with_sem();
        break;
    case STEP_count_masked:
        count_masked();
        break;
    case STEP_recurse:
        recurse(object % LOCKS);
        break;
    case STEP_send:
        send(WAIT_FOREVER);
        break;
    case STEP_receive:
        receive(WAIT_FOREVER);
        break;
    case STEP_pool:
        use_pool(mark);
        break;
    case STEP_heap:
        use_heap(1 + object, mark);
        break;
    case STEP_set_flags:
        (void)event_set(&event, object % 16);
        break;
    case STEP_wait_flags:
        wait_flags(object);
        break;
    case STEP_notify:
        (void)notify(&notes[object % TASKS], NOTIFY_INCREMENT, 0, NULL);
        break;
    case STEP_await:
        await(self);
        break;
    case STEP_delay:
        must(task_sleep(1 + object % 3) == WAKE_TIMEOUT, "a sleep was not over by itself");
        break;
    case STEP_yield:
        task_yield();
        break;
    case STEP_priority:
        task_set_priority(&self->task, (uint8_t)(1 + object % 8));
        break;
    case STEP_bind:
        task_set_affinity(&self->task, object % 8);
        break;
    default:
        compute(object);
    }
}

static void work(void *argument)
{
    struct worker *const self = argument;

    for (unsigned i = 0; i < self->count; i++)
        take_step(self, &self->steps[i]);
    self->done = true;
}

static void is_gone(struct task *task)
{
    list_entry(task, struct worker, task)->gone = true;
}

/* --- the schedule --- */

static bool choose(const struct steer_point *point, struct steer_action *action)
{
    uint64_t cores = point->cores;

    if (!steers || next_switch == switch_count)
        return false;
    if (points_passed++ < switches[next_switch].points)
        return false;
    unsigned nth = switches[next_switch++].core % CORES;
    points_passed = 0;
    if (cores == 0)
        return false;
    nth %= (unsigned)__builtin_popcountll(cores);
    while (nth-- > 0)
        cores &= cores - 1;
    action->kind = ACTION_CORE;
    action->value = (uint8_t)__builtin_ctzll(cores);
    return true;
}

/* --- the run --- */

static void make_objects(void)
{
    static const enum wait_order orders[] = {WAIT_FIFO, WAIT_PRIORITY};
    const enum wait_order order = orders[config[1] & 1];
    const enum hand_over hand = (config[1] & 2) != 0 ? HAND_TO_ANY : HAND_TO_WAITER;
    const struct queue_layout layout = {
        .storage = slots, .slots = 1 + (config[1] >> 2 & 1), .item_bytes = 4, .slot_bytes = 4};
    const struct heap_region blocks = {BOARD_RAM + POOL_AT, 2 * (BLOCK + 4), 0};
    const struct heap_region region = {BOARD_RAM + HEAP_AT, 0x1400, 0};
    struct heap_config pool_config;
    struct heap_config heap_config;

    for (unsigned i = 0; i < LOCKS; i++) {
        mutex_init(&mutexes[i], "m", order, UINT32_MAX);
        mutexes[i].hand_over = hand;
        mutexes[i].inheritance = (config[1] & 8) != 0 ? INHERIT_ONCE : INHERIT_CHAIN;
    }
    semaphore_init(&binary, "s", 1, 1, order);
    binary.hand_over = hand;
    semaphore_init(&heap_lock, "h", 1, 1, order);
    heap_lock.hand_over = hand;
    queue_init(&queue, &layout, order, "queue", "q");
    event_init(&event, "e", order);
    for (unsigned i = 0; i < TASKS; i++)
        notification_init(&notes[i], "n");
    heap_config_standard(&pool_config, &heap_rt_mempool);
    pool_config.option[1] = BLOCK;
    pool_config.points = true;
    fail_if(pool_init(&pool, &pool_config, "p", blocks, 0, order, HEAP_CALL("fuzz")));
    heap_config_standard(&heap_config, (config[1] & 16) != 0 ? &heap_tlsf : &heap_rt_small_mem);
    heap_config.points = true;
    fail_if(heap_init(&heap, &heap_config, "h", &region, 1, 0, HEAP_CALL("fuzz")));
    for (unsigned i = 0; i < LOCKS + 2; i++)
        counted[i] = counters[i] = 0;
    memset(state_of, 0, values + 1 < VALUES ? values + 1 : VALUES);
    values = 0;
}

/* What it waits for comes now. */
static bool serve(const struct worker *worker)
{
    const struct wait_queue *const waits = worker->task.waiting_on;

    if (waits == &queue.receivers)
        send(0);
    else if (waits == &queue.senders)
        receive(0);
    else if (waits == &event.queue)
        (void)event_set(&event, 0xf);
    else if (waits == &notes[worker - workers].queue)
        (void)notify(&notes[worker - workers], NOTIFY_ONLY, 0, NULL);
    else
        return waits == &kernel.sleepers || waits == NULL;
    return true;
}

/* True if all have gone. */
static bool help(bool *something_goes_on)
{
    bool all_gone = true;

    *something_goes_on = false;
    for (unsigned i = 0; i < TASKS; i++) {
        all_gone = all_gone && workers[i].gone;
        if (!workers[i].done)
            *something_goes_on |= serve(&workers[i]);
        else if (!workers[i].gone)
            *something_goes_on = true;
    }
    return all_gone;
}

static void run_workers(void)
{
    static const char *const names[TASKS] = {"a", "b", "c", "d"};
    bool goes_on;

    for (unsigned i = 0; i < TASKS; i++) {
        workers[i].done = workers[i].gone = false;
        task_init(&workers[i].task, names[i], work, &workers[i],
                  (uint8_t)(1 + (config[2] >> 2 * i & 3)), 1);
        workers[i].task.closed = is_gone;
    }
    next_switch = 0;
    points_passed = 0;
    steers = true;
    for (unsigned i = 0; i < TASKS; i++)
        (void)task_start(&workers[i].task);
    for (unsigned rounds = 0; (void)task_sleep(1), !help(&goes_on); rounds++) {
        if (!goes_on)
            fail("all tasks wait for each other, though locks are taken in order");
        if (rounds == ROUNDS)
            fail("the tasks come to no end");
    }
    steers = false;
}

static void check_all(void)
{
    struct heap_stats stats;
    struct heap_fault fault;

    for (unsigned i = 0; i < LOCKS + 2; i++)
        must(counters[i] == counted[i], "an update was lost though a lock was held");
    for (unsigned i = 0; i < LOCKS; i++)
        must(mutexes[i].owner == NULL, "a mutex is held though all are released");
    must(binary.count == 1 && heap_lock.count == 1, "a semaphore has lost a unit, or has one more");
    while (queue.count > 0)
        receive(0);
    for (unsigned i = 0; i < values; i++)
        must(state_of[i] != 1, "an item was lost");
    pool.blocks.ops->stats(&pool.blocks, &stats);
    must(stats.used == 0, "a pool misses a block");
    must(heap.ops->check(&heap, &fault), "the heap is corrupt");
    must(main_task.priority == MAIN_PRIORITY, "a priority changed that nobody touched");
    must(kernel_faults() == 0, "the kernel's records do not agree");
}

static void end_objects(void)
{
    for (unsigned i = 0; i < LOCKS; i++)
        mutex_delete(&mutexes[i]);
    semaphore_delete(&binary);
    semaphore_delete(&heap_lock);
    queue_delete(&queue);
    event_delete(&event);
    pool_delete(&pool);
    heap_detach(&heap);
}

/* --- the input --- */

static bool begin(const uint32_t *header)
{
    config = header;
    switch_count = 0;
    for (unsigned i = 0; i < TASKS; i++)
        workers[i].count = 0;
    return true;
}

static void act(unsigned verb, const uint32_t *operands)
{
    struct worker *const worker = &workers[operands[0] % TASKS];

    if (verb < STEP_VERBS && worker->count < STEPS) {
        worker->steps[worker->count++] = (struct step){(enum step_verb)verb, operands[1]};
    } else if (verb == STEP_VERBS && switch_count < SWITCHES) {
        switches[switch_count].points = operands[0] % 512;
        switches[switch_count++].core = operands[1];
    }
}

static void end(void)
{
    static struct steer_plan plan = {.mode = STEER_RECORD};

    steer_begin(&plan);
    make_objects();
    run_workers();
    check_all();
    end_objects();
}

const struct language fuzz_language = {
    .header = {{"unused", 'b'}, {"policies", 'b'}, {"priorities", 'b'}},
    .verbs = verbs,
    .begin = begin,
    .act = act,
    .end = end,
    .around = board_call};

/* --- the board --- */

static void on_tick(int line, void *argument)
{
    (void)line;
    (void)argument;
    kernel_tick();
}

static void serve_inputs(void *argument)
{
    (void)argument;
    board_serve();
}

static void boot(void)
{
    static struct steer_plan plan = {.mode = STEER_RECORD};

    steer_begin(&plan);
    steer_chooser = choose;
    irq_install(IRQ_TICK, on_tick, NULL, "tick");
    task_init(&main_task, "main", serve_inputs, NULL, MAIN_PRIORITY, 1);
    (void)task_start(&main_task);
    sched_start();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct board board = {
        .cores = CORES, .ticks_per_second = 1000, .steered = true, .boot = boot};

    (void)argc;
    (void)argv;
    fail_about("schedule");
    board_start(&board);
    return 0;
}
