/* RT-Thread's mailboxes: queues of words, in the board's form (4 bytes). */
#include "internal.h"

enum { MAIL_BYTES = 4 };

static rt_bool_t is_live(rt_mailbox_t mb, struct heap_call call)
{
    return rt_is_live(rt_is_there(mb, call) && mb->live, mb, call);
}

static void set_up(rt_mailbox_t mb, const char *name, void *pool, rt_uint16_t size, rt_uint8_t flag)
{
    const struct queue_layout layout = {
        .storage = pool, .slots = size, .item_bytes = MAIL_BYTES, .slot_bytes = MAIL_BYTES};

    rt_object_name(&mb->parent, name);
    queue_init(&mb->queue, &layout, rt_wait_order(flag), "mailbox", mb->parent.name);
    mb->live = RT_TRUE;
}

rt_err_t rt_mb_init(rt_mailbox_t mb, const char *name, void *msgpool, rt_size_t size,
                    rt_uint8_t flag)
{
    const struct heap_call call = RT_CALL(rt_mb_init);
    const rt_uint16_t mails = (rt_uint16_t)size;

    if (!rt_is_live(rt_is_there(mb, call), mb, call) ||
        !rt_is_memory(msgpool, (rt_size_t)mails * MAIL_BYTES, call))
        return -RT_ERROR;
    memset(mb, 0, sizeof *mb);
    set_up(mb, name, msgpool, mails, flag);
    return RT_EOK;
}

rt_mailbox_t rt_mb_create(const char *name, rt_size_t size, rt_uint8_t flag)
{
    const rt_uint16_t mails = (rt_uint16_t)size;
    struct rt_charge charge;

    if (!rt_allowed(RT_CALL(rt_mb_create)) ||
        !rt_charge_take(&charge, RT_KIND_MAILBOX, (rt_size_t)mails * MAIL_BYTES, RT_TRUE))
        return NULL;
    struct rt_mailbox *const mb = port_object_alloc(sizeof *mb);
    if (mb == NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    mb->charge = charge;
    set_up(mb, name, charge.memory, mails, flag);
    return mb;
}

static rt_err_t end(rt_mailbox_t mb, rt_bool_t dynamic, struct heap_call call)
{
    if (!is_live(mb, call) || !rt_may_end(&mb->charge, dynamic, mb, call))
        return -RT_ERROR;
    mb->live = RT_FALSE;
    queue_delete(&mb->queue);
    if (dynamic) {
        rt_charge_free(&mb->charge);
        port_object_free(mb, sizeof *mb);
    }
    return RT_EOK;
}

rt_err_t rt_mb_detach(rt_mailbox_t mb)
{
    return end(mb, RT_FALSE, RT_CALL(rt_mb_detach));
}

rt_err_t rt_mb_delete(rt_mailbox_t mb)
{
    return end(mb, RT_TRUE, RT_CALL(rt_mb_delete));
}

static rt_err_t send(rt_mailbox_t mb, rt_ubase_t value, enum queue_place place, rt_int32_t timeout,
                     struct heap_call call)
{
    uint32_t mail = (uint32_t)value;
    const struct queue_item item = {.data = &mail, .bytes = MAIL_BYTES, .call = &call};

    if (!is_live(mb, call))
        return -RT_ERROR;
    if (mail != value) {
        rt_misuse(call, DIAGNOSIS_SIZE_OVERFLOW, mb, value, "the mail does not fit 32 bits");
        return -RT_ERROR;
    }
    const enum take_result result = queue_send(&mb->queue, &item, place, rt_ticks_here(timeout));
    if (rt_was_refused(result, timeout, call))
        return -RT_ERROR;
    return result == TAKE_EMPTY ? -RT_EFULL : rt_take_error(result);
}

rt_err_t rt_mb_send(rt_mailbox_t mb, rt_ubase_t value)
{
    return send(mb, value, QUEUE_BACK, RT_WAITING_NO, RT_CALL(rt_mb_send));
}

rt_err_t rt_mb_send_wait(rt_mailbox_t mb, rt_ubase_t value, rt_int32_t timeout)
{
    return send(mb, value, QUEUE_BACK, timeout, RT_CALL(rt_mb_send_wait));
}

rt_err_t rt_mb_urgent(rt_mailbox_t mb, rt_ubase_t value)
{
    return send(mb, value, QUEUE_FRONT, RT_WAITING_NO, RT_CALL(rt_mb_urgent));
}

rt_err_t rt_mb_recv(rt_mailbox_t mb, rt_ubase_t *value, rt_int32_t timeout)
{
    const struct heap_call call = RT_CALL(rt_mb_recv);
    uint32_t mail;
    struct queue_item item = {.data = &mail, .bytes = MAIL_BYTES, .call = &call};

    if (!is_live(mb, call))
        return -RT_ERROR;
    const enum take_result result = queue_receive(&mb->queue, &item, rt_ticks_here(timeout));
    if (rt_was_refused(result, timeout, call))
        return -RT_ERROR;
    if (result == TAKEN) {
        port_touch(value, sizeof *value, true, &call);
        *value = mail;
    }
    return rt_take_error(result);
}

rt_err_t rt_mb_control(rt_mailbox_t mb, int cmd, void *arg)
{
    (void)arg;
    if (!is_live(mb, RT_CALL(rt_mb_control)) || cmd != RT_IPC_CMD_RESET)
        return -RT_ERROR;
    queue_reset(&mb->queue, false);
    return RT_EOK;
}
