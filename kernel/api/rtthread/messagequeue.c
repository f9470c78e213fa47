/* RT-Thread's message queues. A message's header on the board: two words, with priorities three. */
#include "internal.h"

enum { PLAIN_HEADER = 8, PRIO_HEADER = 12 };

static rt_bool_t is_live(rt_mq_t mq, struct heap_call call)
{
    return rt_is_live(rt_is_there(mq, call) && mq->live, mq, call);
}

static rt_size_t align_size(void)
{
    const struct heap_ops *const ops = kernel.heap_config.ops;
    const int index = ops != NULL ? heap_option_index(ops, "align") : -1;

    return index >= 0 ? kernel.heap_config.option[index] : RT_ALIGN_SIZE;
}

/* Messages of that size in slots; before 5.1 a message could be as long as its slot. */
static struct queue_layout layout_of(rt_size_t msg_size, rt_uint32_t header)
{
    const uint32_t rounded = (uint32_t)RT_ALIGN(msg_size, align_size());

    return (struct queue_layout){.header_bytes = header,
                                 .item_bytes = rt_is_since(5, 1, 0) ? (uint32_t)msg_size : rounded,
                                 .slot_bytes = header + rounded};
}

static rt_bool_t size_is_valid(rt_size_t msg_size, struct heap_call call)
{
    if (msg_size > 0 && msg_size <= RT_UINT16_MAX)
        return RT_TRUE;
    rt_misuse(call, DIAGNOSIS_OBJECT, NULL, msg_size, "a message has 1 to 65535 bytes");
    return RT_FALSE;
}

static void set_up(rt_mq_t mq, const char *name, const struct queue_layout *layout, rt_uint8_t flag)
{
    rt_object_name(&mq->parent, name);
    queue_init(&mq->queue, layout, rt_wait_order(flag), "message queue", mq->parent.name);
    mq->live = RT_TRUE;
}

static rt_err_t init(rt_mq_t mq, const char *name, void *pool, rt_size_t msg_size,
                     rt_size_t pool_size, rt_uint8_t flag, rt_uint32_t header,
                     struct heap_call call)
{
    struct queue_layout layout = layout_of(msg_size, header);

    if (!rt_is_live(rt_is_there(mq, call), mq, call) || !size_is_valid(msg_size, call) ||
        !rt_is_memory(pool, pool_size, call))
        return -RT_ERROR;
    memset(mq, 0, sizeof *mq);
    layout.storage = pool;
    layout.slots = (rt_uint16_t)(pool_size / layout.slot_bytes);
    set_up(mq, name, &layout, flag);
    return RT_EOK;
}

static rt_mq_t create(const char *name, rt_size_t msg_size, rt_size_t max_msgs, rt_uint8_t flag,
                      rt_uint32_t header, struct heap_call call)
{
    struct queue_layout layout = layout_of(msg_size, header);
    struct rt_charge charge;

    layout.slots = (rt_uint16_t)max_msgs;
    if (!rt_allowed(call) || !size_is_valid(msg_size, call) ||
        !rt_charge_take(&charge, RT_KIND_QUEUE, (rt_size_t)layout.slot_bytes * layout.slots,
                        RT_TRUE))
        return NULL;
    struct rt_messagequeue *const mq = port_object_alloc(sizeof *mq);
    if (mq == NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    mq->charge = charge;
    layout.storage = charge.memory;
    set_up(mq, name, &layout, flag);
    return mq;
}

rt_err_t rt_mq_init(rt_mq_t mq, const char *name, void *msgpool, rt_size_t msg_size,
                    rt_size_t pool_size, rt_uint8_t flag)
{
    return init(mq, name, msgpool, msg_size, pool_size, flag, PLAIN_HEADER, RT_CALL(rt_mq_init));
}

rt_err_t rt_mq_init_prio(rt_mq_t mq, const char *name, void *msgpool, rt_size_t msg_size,
                         rt_size_t pool_size, rt_uint8_t flag)
{
    return init(mq, name, msgpool, msg_size, pool_size, flag, PRIO_HEADER,
                RT_CALL(rt_mq_init_prio));
}

rt_mq_t rt_mq_create(const char *name, rt_size_t msg_size, rt_size_t max_msgs, rt_uint8_t flag)
{
    return create(name, msg_size, max_msgs, flag, PLAIN_HEADER, RT_CALL(rt_mq_create));
}

rt_mq_t rt_mq_create_prio(const char *name, rt_size_t msg_size, rt_size_t max_msgs, rt_uint8_t flag)
{
    return create(name, msg_size, max_msgs, flag, PRIO_HEADER, RT_CALL(rt_mq_create_prio));
}

static rt_err_t end(rt_mq_t mq, rt_bool_t dynamic, struct heap_call call)
{
    if (!is_live(mq, call) || !rt_may_end(&mq->charge, dynamic, mq, call))
        return -RT_ERROR;
    mq->live = RT_FALSE;
    queue_delete(&mq->queue);
    if (dynamic) {
        rt_charge_free(&mq->charge);
        port_object_free(mq, sizeof *mq);
    }
    return RT_EOK;
}

rt_err_t rt_mq_detach(rt_mq_t mq)
{
    return end(mq, RT_FALSE, RT_CALL(rt_mq_detach));
}

rt_err_t rt_mq_delete(rt_mq_t mq)
{
    return end(mq, RT_TRUE, RT_CALL(rt_mq_delete));
}

static rt_bool_t has_priorities(rt_mq_t mq)
{
    return mq->queue.layout.header_bytes == PRIO_HEADER;
}

static rt_bool_t priorities_exist(rt_mq_t mq, struct heap_call call)
{
    if (has_priorities(mq))
        return RT_TRUE;
    rt_misuse(call, DIAGNOSIS_OBJECT, mq, 0,
              "the queue has no priorities: RT_USING_MESSAGEQUEUE_PRIORITY is not defined where it "
              "was made");
    return RT_FALSE;
}

/* --- sending and receiving --- */

static rt_err_t send(rt_mq_t mq, const struct queue_item *item, enum queue_place place,
                     rt_int32_t timeout, struct heap_call call)
{
    if (item->bytes == 0)
        rt_misuse(call, DIAGNOSIS_OBJECT, mq, 0, "a message has at least one byte");
    if (item->bytes == 0 || item->bytes > mq->queue.layout.item_bytes)
        return -RT_ERROR;
    if (place == QUEUE_BACK && has_priorities(mq))
        place = QUEUE_BY_PRIORITY;
    const enum take_result result = queue_send(&mq->queue, item, place, rt_ticks_here(timeout));
    if (rt_was_refused(result, timeout, call))
        return -RT_ERROR;
    return result == TAKE_EMPTY ? -RT_EFULL : rt_take_error(result);
}

/* Sizes that are no 32-bit number are too long in any case. */
static struct queue_item item_of(const void *buffer, rt_size_t size, rt_int32_t prio,
                                 const struct heap_call *call)
{
    return (struct queue_item){.data = (void *)(uintptr_t)buffer,
                               .bytes = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX,
                               .priority = prio,
                               .call = call};
}

rt_err_t rt_mq_send(rt_mq_t mq, const void *buffer, rt_size_t size)
{
    const struct heap_call call = RT_CALL(rt_mq_send);
    const struct queue_item item = item_of(buffer, size, 0, &call);

    return is_live(mq, call) ? send(mq, &item, QUEUE_BACK, RT_WAITING_NO, call) : -RT_ERROR;
}

rt_err_t rt_mq_send_wait(rt_mq_t mq, const void *buffer, rt_size_t size, rt_int32_t timeout)
{
    const struct heap_call call = RT_CALL(rt_mq_send_wait);
    const struct queue_item item = item_of(buffer, size, 0, &call);

    if (!is_live(mq, call))
        return -RT_ERROR;
    return send(mq, &item, QUEUE_BACK, timeout, call);
}

rt_err_t rt_mq_urgent(rt_mq_t mq, const void *buffer, rt_size_t size)
{
    const struct heap_call call = RT_CALL(rt_mq_urgent);
    const struct queue_item item = item_of(buffer, size, 0, &call);

    return is_live(mq, call) ? send(mq, &item, QUEUE_FRONT, RT_WAITING_NO, call) : -RT_ERROR;
}

rt_err_t rt_mq_send_wait_prio(rt_mq_t mq, const void *buffer, rt_size_t size, rt_int32_t prio,
                              rt_int32_t timeout, int suspend_flag)
{
    const struct heap_call call = RT_CALL(rt_mq_send_wait_prio);
    const struct queue_item item = item_of(buffer, size, prio, &call);

    (void)suspend_flag;
    if (!is_live(mq, call) || !priorities_exist(mq, call))
        return -RT_ERROR;
    return send(mq, &item, QUEUE_BACK, timeout, call);
}

static rt_ssize_t receive(rt_mq_t mq, struct queue_item *item, rt_int32_t timeout,
                          struct heap_call call)
{
    const enum take_result result = queue_receive(&mq->queue, item, rt_ticks_here(timeout));

    if (rt_was_refused(result, timeout, call))
        return -RT_ERROR;
    return result == TAKEN && rt_is_since(5, 0, 1) ? (rt_ssize_t)item->bytes
                                                   : rt_take_error(result);
}

rt_ssize_t rt_mq_recv(rt_mq_t mq, void *buffer, rt_size_t size, rt_int32_t timeout)
{
    const struct heap_call call = RT_CALL(rt_mq_recv);
    struct queue_item item = item_of(buffer, size, 0, &call);

    if (!is_live(mq, call))
        return -RT_ERROR;
    return receive(mq, &item, timeout, call);
}

rt_ssize_t rt_mq_recv_prio(rt_mq_t mq, void *buffer, rt_size_t size, rt_int32_t *prio,
                           rt_int32_t timeout, int suspend_flag)
{
    const struct heap_call call = RT_CALL(rt_mq_recv_prio);
    struct queue_item item = item_of(buffer, size, 0, &call);

    (void)suspend_flag;
    if (!is_live(mq, call) || !priorities_exist(mq, call))
        return -RT_ERROR;
    const rt_ssize_t answer = receive(mq, &item, timeout, call);
    if (answer >= 0 && prio != NULL) {
        port_touch(prio, sizeof *prio, true, &call);
        *prio = item.priority;
    }
    return answer;
}

rt_err_t rt_mq_control(rt_mq_t mq, int cmd, void *arg)
{
    (void)arg;
    if (!is_live(mq, RT_CALL(rt_mq_control)) || cmd != RT_IPC_CMD_RESET)
        return -RT_ERROR;
    queue_reset(&mq->queue, false);
    return RT_EOK;
}
