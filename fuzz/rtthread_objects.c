/* Semaphores, mutexes, events, mailboxes, message queues, pools and timers of
 * fuzz_dialect_rtthread. */
#include "rtthread_calls.h"

#include "fail.h"

enum { KIND_SEM, KIND_MUTEX, KIND_EVENT, KIND_MB, KIND_MQ, KIND_MP, KIND_TIMER, KINDS };

static struct rt_semaphore sems[STATICS];
static struct rt_mutex mutexes[STATICS];
static struct rt_event events[STATICS];
static struct rt_mailbox mailboxes[STATICS];
static struct rt_messagequeue queues[STATICS];
static struct rt_mempool pools[STATICS];
static struct rt_timer timers[STATICS];
static void *made[KINDS][OBJECTS]; /* NULL: not there */
static _Alignas(4) uint8_t storage[KINDS][STATICS][256];
static unsigned expired;

static void *static_of(unsigned kind, unsigned i)
{
    void *const all[KINDS] = {&sems[i],   &mutexes[i], &events[i], &mailboxes[i],
                              &queues[i], &pools[i],   &timers[i]};

    return all[kind];
}

/* One that lives, mostly; one that does not, or NULL. */
static void *pick(unsigned kind, uint32_t number)
{
    if (number >= 0xf0)
        return NULL;
    if (made[kind][number % OBJECTS] != NULL || number >= 0x40)
        return number % OBJECTS < STATICS ? static_of(kind, number % OBJECTS)
                                          : made[kind][number % OBJECTS];
    return static_of(kind, 0);
}

static void on_timer(void *parameter)
{
    expired++;
    if (parameter == NULL)
        return;
    (void)rt_sem_release(parameter);
}

static bool is_made(unsigned kind, rt_err_t error, unsigned i)
{
    made[kind][i] = error == RT_EOK ? static_of(kind, i) : NULL;
    return error == RT_EOK;
}

static void make_static(unsigned kind, unsigned i, const uint32_t *operands)
{
    const char *const name = rt_any_name(operands[3]);
    const rt_uint8_t flag = operands[3] & 1;
    const rt_size_t size = operands[2] % 300;
    uint8_t *const memory = operands[3] < 0xf0 ? storage[kind][i] : dialect_block(SYSTEM, 0xe5);

    switch (kind) {
    case KIND_SEM:
        is_made(kind,
                rt_sem_init(&sems[i], name,
                            operands[2] < 0x8000 ? operands[2] % 3 : operands[2] * 2, flag),
                i);
        break;
    case KIND_MUTEX:
        is_made(kind, rt_mutex_init(&mutexes[i], name, flag), i);
        break;
    case KIND_EVENT:
        is_made(kind, rt_event_init(&events[i], name, flag), i);
        break;
    case KIND_MB:
        is_made(kind, rt_mb_init(&mailboxes[i], name, memory, operands[2] % 5, flag), i);
        break;
    case KIND_MQ:
        is_made(kind,
                (operands[3] & 2) != 0
                    ? rt_mq_init_prio(&queues[i], name, memory, 8, size % 257, flag)
                    : rt_mq_init(&queues[i], name, memory, 8, size % 257, flag),
                i);
        break;
    case KIND_MP:
        is_made(kind, rt_mp_init(&pools[i], name, memory, size % 257, operands[3] % 40), i);
        break;
    default:
        rt_timer_init(&timers[i], name, on_timer, made[KIND_SEM][0],
                      operands[2] < 0xf000 ? operands[2] % 6 : 0x7ffffff8 + operands[2] % 16,
                      (rt_uint8_t)operands[3]);
        made[kind][i] = timers[i].live ? &timers[i] : NULL;
    }
}

static void create(unsigned kind, unsigned i, const uint32_t *operands)
{
    const char *const name = rt_any_name(operands[3]);
    const rt_uint8_t flag = operands[3] & 1;
    void *object = NULL;

    switch (kind) {
    case KIND_SEM:
        object =
            rt_sem_create(name, operands[2] < 0x8000 ? operands[2] % 3 : operands[2] * 2, flag);
        break;
    case KIND_MUTEX:
        object = rt_mutex_create(name, flag);
        break;
    case KIND_EVENT:
        object = rt_event_create(name, flag);
        break;
    case KIND_MB:
        object = rt_mb_create(name, operands[2] < 0xf000 ? operands[2] % 8 : operands[2], flag);
        break;
    case KIND_MQ:
        object = (operands[3] & 2) != 0
                     ? rt_mq_create_prio(name, operands[2] % 40, operands[3] % 6, flag)
                     : rt_mq_create(name, operands[2] % 40, operands[3] % 6, flag);
        break;
    case KIND_MP:
        object = rt_mp_create(name, operands[3] < 0xf0 ? operands[3] % 8 : 0x7ffffff0,
                              operands[2] % 100);
        break;
    default:
        object = rt_timer_create(name, on_timer, made[KIND_SEM][0],
                                 operands[2] < 0xf000 ? operands[2] % 6 : 0x7ffffff8,
                                 (rt_uint8_t)operands[3]);
    }
    made[kind][i] = object;
}

static rt_err_t end(unsigned kind, void *object, bool dynamic)
{
    switch (kind) {
    case KIND_SEM:
        return dynamic ? rt_sem_delete(object) : rt_sem_detach(object);
    case KIND_MUTEX:
        return dynamic ? rt_mutex_delete(object) : rt_mutex_detach(object);
    case KIND_EVENT:
        return dynamic ? rt_event_delete(object) : rt_event_detach(object);
    case KIND_MB:
        return dynamic ? rt_mb_delete(object) : rt_mb_detach(object);
    case KIND_MQ:
        return dynamic ? rt_mq_delete(object) : rt_mq_detach(object);
    case KIND_MP:
        return dynamic ? rt_mp_delete(object) : rt_mp_detach(object);
    default:
        return dynamic ? rt_timer_delete(object) : rt_timer_detach(object);
    }
}

/* Of which pool, is no matter: the blocks of the others are asked for again. */
static void drop_blocks_of(struct rt_mempool *mp)
{
    const struct heap_region region = mp->pool.blocks.regions[0];

    dialect_area_ends(target_pointer(region.begin), region.size);
}

static void end_one(unsigned kind, const uint32_t *operands)
{
    void *const object = pick(kind, operands[1]);
    const bool dynamic =
        operands[3] % 8 == 0 ? (operands[1] & 1) != 0 : operands[1] % OBJECTS >= STATICS;
    unsigned i = 0;

    while (i < OBJECTS && made[kind][i] != object)
        i++;
    if (i == OBJECTS || object == NULL) {
        if (end(kind, object, dynamic) == RT_EOK)
            fail("an object was ended that is not there");
        return;
    }
    if (dynamic != (i >= STATICS)) {
        if (end(kind, object, dynamic) == RT_EOK)
            fail("an object was ended as one of the other sort");
        return;
    }
    struct held_block kept[BLOCKS];
    const unsigned count = held_count;
    memcpy(kept, held_blocks, sizeof kept);
    if (kind == KIND_MP)
        drop_blocks_of(object);
    made[kind][i] = NULL; /* at once: who waits for it may run before the call returns */
    if (end(kind, object, dynamic) != RT_EOK) {
        made[kind][i] = object;
        memcpy(held_blocks, kept, sizeof kept);
        held_count = count;
    }
}

/* --- the calls on them --- */

static rt_int32_t ticks_of(uint32_t number)
{
    return (rt_int32_t)dialect_ticks(number, (uint32_t)RT_WAITING_FOREVER);
}

static void on_sem(const uint32_t *operands)
{
    rt_sem_t const sem = pick(KIND_SEM, operands[1]);

    switch (operands[2] % 4) {
    case 0:
        (void)rt_sem_take(sem, ticks_of(operands[3]));
        break;
    case 1:
        (void)rt_sem_trytake(sem);
        break;
    case 2:
        (void)rt_sem_release(sem);
        break;
    default:
        (void)rt_sem_control(sem, (int)(operands[3] % 5), (void *)(uintptr_t)(operands[2] / 4));
    }
}

static void on_mutex(const uint32_t *operands)
{
    rt_mutex_t const mutex = pick(KIND_MUTEX, operands[1]);
    rt_err_t error;

    switch (operands[2] % 4) {
    case 0:
        error = rt_mutex_take(mutex, ticks_of(operands[3]));
        if (error == RT_EOK && mutex->live && rt_mutex_get_owner(mutex) != rt_thread_self())
            fail("a mutex was taken, and is another's");
        break;
    case 1:
        (void)rt_mutex_trytake(mutex);
        break;
    case 2:
        (void)rt_mutex_release(mutex);
        break;
    default:
        if (rt_mutex_get_owner(mutex) == NULL && rt_mutex_get_hold(mutex) != 0)
            fail("a mutex is held by nobody");
    }
}

static void on_event(const uint32_t *operands)
{
    rt_event_t const event = pick(KIND_EVENT, operands[1]);
    rt_uint32_t found = 0;

    if (operands[2] % 2 == 0)
        (void)rt_event_send(event, operands[2] / 2 % 16);
    else if (rt_event_recv(event, operands[2] / 2 % 16, (rt_uint8_t)(operands[2] / 32 % 8),
                           ticks_of(operands[3]),
                           (operands[2] >> 15) != 0 ? NULL : &found) == RT_EOK &&
             (operands[2] >> 15) == 0 && (found & (operands[2] / 2 % 16)) == 0)
        fail("flags were received that nobody waited for");
}

static void on_mailbox(const uint32_t *operands)
{
    rt_mailbox_t const mb = pick(KIND_MB, operands[1]);
    rt_ubase_t value = 0;

    switch (operands[2] % 4) {
    case 0:
        (void)rt_mb_send(mb, operands[2]);
        break;
    case 1:
        (void)rt_mb_send_wait(mb, operands[2], ticks_of(operands[3]));
        break;
    case 2:
        (void)rt_mb_urgent(mb, operands[2]);
        break;
    default:
        if (rt_mb_recv(mb, &value, ticks_of(operands[3])) == RT_EOK && value % 4 == 3)
            fail("a mail was received that nobody sent");
    }
}

static void on_queue(const uint32_t *operands)
{
    rt_mq_t const mq = pick(KIND_MQ, operands[1]);
    uint8_t message[64];
    const rt_size_t size = operands[2] / 8 % (sizeof message + 1);
    rt_int32_t priority = 0;

    memset(message, 0x5a, sizeof message);
    switch (operands[2] % 8) {
    case 0:
    case 1:
        (void)rt_mq_send(mq, message, size);
        return;
    case 2:
        (void)rt_mq_send_wait(mq, message, size, ticks_of(operands[3]));
        return;
    case 3:
        (void)rt_mq_urgent(mq, message, size);
        return;
    case 4:
        (void)rt_mq_send_wait_prio(mq, message, size, (rt_int32_t)(operands[3] % 5),
                                   ticks_of(operands[3]), RT_UNINTERRUPTIBLE);
        return;
    default:
        break;
    }
    memset(message, 0, sizeof message);
    const rt_ssize_t got = operands[2] % 8 == 5
                               ? rt_mq_recv_prio(mq, message, size, &priority,
                                                 ticks_of(operands[3]), RT_UNINTERRUPTIBLE)
                               : rt_mq_recv(mq, message, size, ticks_of(operands[3]));
    if (got > (rt_ssize_t)size)
        fail("a message is longer than there is room for");
    for (rt_ssize_t i = 0; i < got; i++)
        if (message[i] != 0x5a)
            fail("a message is not what was sent");
    if (size < sizeof message && message[size] != 0)
        fail("a message was written beyond its room");
}

static void on_pool(const uint32_t *operands)
{
    rt_mp_t const mp = pick(KIND_MP, operands[1]);
    void *const block = rt_mp_alloc(mp, ticks_of(operands[3]));

    if (block != NULL)
        dialect_gives(POOL, block, mp->pool.blocks.config.option[1], 1);
}

static void free_pool_block(const uint32_t *operands)
{
    void *const block = dialect_block(POOL, operands[1]);

    dialect_before(POOL, block);
    rt_mp_free(block);
    dialect_after_free();
}

static void on_timer_call(const uint32_t *operands)
{
    rt_timer_t const timer = pick(KIND_TIMER, operands[1]);
    void *result = NULL;
    rt_tick_t tick = operands[3] % 6;

    if (operands[2] % 4 == 0) {
        (void)rt_timer_start(timer);
    } else if (operands[2] % 4 == 1) {
        (void)rt_timer_stop(timer);
    } else if (operands[2] % 4 == 2) {
        const int command = (int)(operands[2] / 4 % 12);
        const bool sets = command == RT_TIMER_CTRL_SET_FUNC || command == RT_TIMER_CTRL_SET_PARM;

        if (command == RT_TIMER_CTRL_GET_FUNC || command == RT_TIMER_CTRL_GET_PARM)
            (void)rt_timer_control(timer, command, &result);
        else if (sets)
            (void)rt_timer_control(timer, command,
                                   command == RT_TIMER_CTRL_SET_FUNC ? (void *)(uintptr_t)on_timer
                                                                     : NULL);
        else
            (void)rt_timer_control(timer, command, &tick);
    } else {
        (void)rt_timer_next_timeout_tick();
    }
}

static void control(unsigned kind, const uint32_t *operands)
{
    void *const object = pick(kind, operands[1]);
    const int command = (int)(operands[3] % 4);

    switch (kind) {
    case KIND_EVENT:
        (void)rt_event_control(object, command, NULL);
        break;
    case KIND_MB:
        (void)rt_mb_control(object, command, NULL);
        break;
    case KIND_MQ:
        (void)rt_mq_control(object, command, NULL);
        break;
    default:
        break;
    }
}

void rt_do_objects(unsigned verb, const uint32_t *operands)
{
    const unsigned kind = operands[2] % KINDS;
    const uint32_t rest[4] = {operands[0], operands[1], operands[2] / KINDS, operands[3]};

    switch (verb) {
    case RT_DO_make:
        if (made[kind][operands[1] % OBJECTS] != NULL)
            return;
        if (operands[1] % OBJECTS < STATICS)
            make_static(kind, operands[1] % OBJECTS, rest);
        else
            create(kind, operands[1] % OBJECTS, rest);
        return;
    case RT_DO_end:
        end_one(kind, rest);
        return;
    case RT_DO_sem:
        on_sem(operands);
        return;
    case RT_DO_mutex:
        on_mutex(operands);
        return;
    case RT_DO_event:
        on_event(operands);
        return;
    case RT_DO_mailbox:
        on_mailbox(operands);
        return;
    case RT_DO_queue:
        on_queue(operands);
        return;
    case RT_DO_pool:
        on_pool(operands);
        return;
    case RT_DO_pool_free:
        free_pool_block(operands);
        return;
    case RT_DO_timer:
        on_timer_call(operands);
        return;
    default:
        control(kind, rest);
    }
}

void rt_end_objects(void)
{
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned i = 0; i < OBJECTS; i++) {
            if (made[kind][i] == NULL)
                continue;
            if (kind == KIND_MP)
                drop_blocks_of(made[kind][i]);
            if (end(kind, made[kind][i], i >= STATICS) != RT_EOK)
                fail("an object could not be ended");
            made[kind][i] = NULL;
        }
}
