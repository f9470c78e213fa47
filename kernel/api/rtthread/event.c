/* RT-Thread's events. */
#include "internal.h"

static rt_bool_t is_live(rt_event_t event, struct heap_call call)
{
    return rt_is_live(rt_is_there(event, call) && event->live, event, call);
}

static void set_up(rt_event_t event, const char *name, rt_uint8_t flag)
{
    rt_object_name(&event->parent, name);
    event_init(&event->event, event->parent.name, rt_wait_order(flag));
    event->live = RT_TRUE;
}

rt_err_t rt_event_init(rt_event_t event, const char *name, rt_uint8_t flag)
{
    if (!rt_is_live(rt_is_there(event, RT_CALL(rt_event_init)), event, RT_CALL(rt_event_init)))
        return -RT_ERROR;
    memset(event, 0, sizeof *event);
    set_up(event, name, flag);
    return RT_EOK;
}

rt_event_t rt_event_create(const char *name, rt_uint8_t flag)
{
    struct rt_charge charge;

    if (!rt_allowed(RT_CALL(rt_event_create)) ||
        !rt_charge_take(&charge, RT_KIND_EVENT, 0, RT_FALSE))
        return NULL;
    struct rt_event *const event = port_object_alloc(sizeof *event);
    if (event == NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    event->charge = charge;
    set_up(event, name, flag);
    return event;
}

static rt_err_t end(rt_event_t event, rt_bool_t dynamic, struct heap_call call)
{
    if (!is_live(event, call) || !rt_may_end(&event->charge, dynamic, event, call))
        return -RT_ERROR;
    event->live = RT_FALSE;
    event_delete(&event->event);
    if (dynamic) {
        rt_charge_free(&event->charge);
        port_object_free(event, sizeof *event);
    }
    return RT_EOK;
}

rt_err_t rt_event_detach(rt_event_t event)
{
    return end(event, RT_FALSE, RT_CALL(rt_event_detach));
}

rt_err_t rt_event_delete(rt_event_t event)
{
    return end(event, RT_TRUE, RT_CALL(rt_event_delete));
}

rt_err_t rt_event_send(rt_event_t event, rt_uint32_t set)
{
    if (!is_live(event, RT_CALL(rt_event_send)) || set == 0)
        return -RT_ERROR;
    event_set(&event->event, set);
    return RT_EOK;
}

rt_err_t rt_event_recv(rt_event_t event, rt_uint32_t set, rt_uint8_t opt, rt_int32_t timeout,
                       rt_uint32_t *recved)
{
    const struct heap_call call = RT_CALL(rt_event_recv);
    const struct event_wish wish = {.flags = set,
                                    .all = (opt & RT_EVENT_FLAG_AND) != 0,
                                    .clear = (opt & RT_EVENT_FLAG_CLEAR) != 0};
    uint32_t found;

    if (!rt_allowed(call) || !is_live(event, call) || set == 0)
        return -RT_ERROR;
    if ((opt & (RT_EVENT_FLAG_AND | RT_EVENT_FLAG_OR)) == 0) {
        rt_misuse(call, DIAGNOSIS_OBJECT, event, opt,
                  "the option names neither RT_EVENT_FLAG_AND nor RT_EVENT_FLAG_OR");
        return -RT_ERROR;
    }
    const enum take_result result =
        event_wait(&event->event, &wish, rt_ticks_here(timeout), &found);
    if (rt_was_refused(result, timeout, call))
        return -RT_ERROR;
    if (result == TAKEN && recved != NULL) {
        port_touch(recved, sizeof *recved, true, &call);
        *recved = found & set;
    }
    return rt_take_error(result);
}

rt_err_t rt_event_control(rt_event_t event, int cmd, void *arg)
{
    (void)arg;
    if (!is_live(event, RT_CALL(rt_event_control)) || cmd != RT_IPC_CMD_RESET)
        return -RT_ERROR;
    event_reset(&event->event);
    return RT_EOK;
}
