/* RT-Thread's timers: hard ones belong to the tick, soft ones to the thread "timer". */
#include "internal.h"

static rt_bool_t is_live(rt_timer_t timer, struct heap_call call)
{
    return rt_is_live(rt_is_there(timer, call) && timer->live, timer, call);
}

static void call_hook(void (*hook)(void *timer), struct rt_timer *timer)
{
    if (hook != NULL)
        hook(timer);
}

/* The hooks get a pointer only: the timer may have been deleted. */
static void run(struct timer *timer, void (*function)(void *argument), void *argument)
{
    struct rt_timer *const self = list_entry(timer, struct rt_timer, timer);

    call_hook(kernel.rtthread.timer_enter_hook, self);
    function(argument);
    call_hook(kernel.rtthread.timer_exit_hook, self);
}

static rt_bool_t time_is_valid(rt_tick_t time, struct heap_call call)
{
    if (time <= WAIT_MAX)
        return RT_TRUE;
    rt_misuse(call, DIAGNOSIS_OBJECT, NULL, time, "a timer's time is at most 2147483647 ticks");
    return RT_FALSE;
}

/* Time 0 is over at the next tick, as upstream. */
static uint32_t period_of(rt_tick_t time)
{
    return time > 0 ? time : 1;
}

static void set_up(rt_timer_t timer, const char *name, void (*timeout)(void *parameter),
                   void *parameter, rt_tick_t time, rt_uint8_t flag)
{
    rt_object_name(&timer->parent, name);
    timer_init(&timer->timer, timer->parent.name, timeout, parameter, period_of(time),
               (flag & RT_TIMER_FLAG_PERIODIC) != 0);
    timer->timer.run = run;
    if ((flag & RT_TIMER_FLAG_SOFT_TIMER) != 0)
        timer->timer.service = &kernel.timers;
    timer->live = RT_TRUE;
}

void rt_timer_init(rt_timer_t timer, const char *name, void (*timeout)(void *parameter),
                   void *parameter, rt_tick_t time, rt_uint8_t flag)
{
    const struct heap_call call = RT_CALL(rt_timer_init);

    if (!rt_is_live(rt_is_there(timer, call), timer, call) || !time_is_valid(time, call))
        return;
    memset(timer, 0, sizeof *timer);
    set_up(timer, name, timeout, parameter, time, flag);
}

rt_timer_t rt_timer_create(const char *name, void (*timeout)(void *parameter), void *parameter,
                           rt_tick_t time, rt_uint8_t flag)
{
    const struct heap_call call = RT_CALL(rt_timer_create);
    struct rt_charge charge;

    if (!rt_allowed(call) || !time_is_valid(time, call) ||
        !rt_charge_take(&charge, RT_KIND_TIMER, 0, RT_FALSE))
        return NULL;
    struct rt_timer *const timer = port_object_alloc(sizeof *timer);
    if (timer == NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    timer->charge = charge;
    set_up(timer, name, timeout, parameter, time, flag);
    return timer;
}

static rt_err_t end(rt_timer_t timer, rt_bool_t dynamic, struct heap_call call)
{
    if (!is_live(timer, call) || !rt_may_end(&timer->charge, dynamic, timer, call))
        return -RT_ERROR;
    timer->live = RT_FALSE;
    timer_end(&timer->timer);
    if (dynamic) {
        rt_charge_free(&timer->charge);
        port_object_free(timer, sizeof *timer);
    }
    return RT_EOK;
}

rt_err_t rt_timer_detach(rt_timer_t timer)
{
    return end(timer, RT_FALSE, RT_CALL(rt_timer_detach));
}

rt_err_t rt_timer_delete(rt_timer_t timer)
{
    return end(timer, RT_TRUE, RT_CALL(rt_timer_delete));
}

rt_err_t rt_timer_start(rt_timer_t timer)
{
    if (!is_live(timer, RT_CALL(rt_timer_start)))
        return -RT_ERROR;
    const bool masked = kernel_enter();
    const bool possible = !rt_is_since(5, 1, 0) || !timer_is_running(&timer->timer);
    if (possible)
        timer_start(&timer->timer);
    kernel_leave(masked);
    return possible ? RT_EOK : -RT_ERROR;
}

rt_err_t rt_timer_stop(rt_timer_t timer)
{
    return is_live(timer, RT_CALL(rt_timer_stop)) && timer_stop(&timer->timer) ? RT_EOK : -RT_ERROR;
}

static rt_err_t set_time(rt_timer_t timer, rt_tick_t time, struct heap_call call)
{
    if (!time_is_valid(time, call))
        return -RT_ERROR;
    timer_stop(&timer->timer);
    timer_set_period(&timer->timer, period_of(time));
    return RT_EOK;
}

static void set_periodic(rt_timer_t timer, bool periodic)
{
    const bool masked = kernel_enter();

    timer->timer.periodic = periodic;
    kernel_leave(masked);
}

rt_err_t rt_timer_control(rt_timer_t timer, int cmd, void *arg)
{
    const struct heap_call call = RT_CALL(rt_timer_control);

    if (!is_live(timer, call))
        return -RT_ERROR;
    switch (cmd) {
    case RT_TIMER_CTRL_SET_TIME:
        port_touch(arg, sizeof(rt_tick_t), false, &call);
        return set_time(timer, *(rt_tick_t *)arg, call);
    case RT_TIMER_CTRL_GET_TIME:
        port_touch(arg, sizeof(rt_tick_t), true, &call);
        *(rt_tick_t *)arg = timer->timer.period;
        return RT_EOK;
    case RT_TIMER_CTRL_SET_ONESHOT:
    case RT_TIMER_CTRL_SET_PERIODIC:
        set_periodic(timer, cmd == RT_TIMER_CTRL_SET_PERIODIC);
        return RT_EOK;
    case RT_TIMER_CTRL_GET_STATE:
        port_touch(arg, sizeof(rt_uint32_t), true, &call);
        *(rt_uint32_t *)arg =
            timer->timer.active ? RT_TIMER_FLAG_ACTIVATED : RT_TIMER_FLAG_DEACTIVATED;
        return RT_EOK;
    case RT_TIMER_CTRL_GET_REMAIN_TIME:
        port_touch(arg, sizeof(rt_tick_t), true, &call);
        *(rt_tick_t *)arg = timer->timer.deadline.tick;
        return RT_EOK;
    case RT_TIMER_CTRL_GET_FUNC:
        port_touch(arg, sizeof(void *), true, &call);
        *(void (**)(void *))arg = timer->timer.function;
        return RT_EOK;
    case RT_TIMER_CTRL_SET_FUNC:
        timer->timer.function = (void (*)(void *))arg;
        return RT_EOK;
    case RT_TIMER_CTRL_GET_PARM:
        port_touch(arg, sizeof(void *), true, &call);
        *(void **)arg = timer->timer.argument;
        return RT_EOK;
    case RT_TIMER_CTRL_SET_PARM:
        timer->timer.argument = arg;
        return RT_EOK;
    default:
        return -RT_ENOSYS;
    }
}

rt_tick_t rt_timer_next_timeout_tick(void)
{
    const bool masked = kernel_enter();
    const struct deadline *const first = kernel.timeouts.first;
    const rt_tick_t tick = first != NULL ? first->tick : RT_TICK_MAX;

    kernel_leave(masked);
    return tick;
}

void rt_timer_enter_sethook(void (*hook)(struct rt_timer *timer))
{
    kernel.rtthread.timer_enter_hook = (void (*)(void *))hook;
}

void rt_timer_exit_sethook(void (*hook)(struct rt_timer *timer))
{
    kernel.rtthread.timer_exit_hook = (void (*)(void *))hook;
}
