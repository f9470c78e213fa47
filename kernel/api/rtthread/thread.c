/* RT-Thread's threads. */
#include "internal.h"

static struct rt_thread *thread_of(struct task *task)
{
    return task != NULL && !task->system ? list_entry(task, struct rt_thread, task) : NULL;
}

/* True for a thread that was made and has not been cleaned up; NULL and other memory is misuse. */
static rt_bool_t is_thread(const struct rt_thread *thread, struct heap_call call)
{
    return rt_is_live(rt_is_there(thread, call) && thread->task.id != 0, thread, call);
}

/* --- coming and going --- */

/* The clean-up has come to a thread that ended. */
static void thread_closed(struct task *task)
{
    struct rt_thread *const thread = thread_of(task);

    if (thread->cleanup != NULL)
        thread->cleanup(thread);
    if (thread->charge.object != NULL) {
        rt_charge_free(&thread->charge);
        port_object_free(thread, sizeof *thread);
    }
}

static void set_up(struct rt_thread *thread, const char *name, void (*entry)(void *parameter),
                   void *parameter, rt_uint8_t priority, rt_uint32_t tick)
{
    const bool masked = kernel_enter(); /* no other core finds it half made */

    rt_object_name(&thread->parent, name);
    task_init(&thread->task, name != NULL ? name : "", entry, parameter, priority, tick);
    thread->task.closed = thread_closed;
    thread->task.stack_size = thread->stack_size;
    kernel_leave(masked);
}

static rt_bool_t priority_is_valid(rt_uint8_t priority, struct heap_call call)
{
    if (priority < RT_THREAD_PRIORITY_MAX)
        return RT_TRUE;
    rt_misuse(call, DIAGNOSIS_OBJECT, NULL, priority,
              "the priority is not below RT_THREAD_PRIORITY_MAX (32)");
    return RT_FALSE;
}

rt_err_t rt_thread_init(struct rt_thread *thread, const char *name, void (*entry)(void *parameter),
                        void *parameter, void *stack_start, rt_uint32_t stack_size,
                        rt_uint8_t priority, rt_uint32_t tick)
{
    const struct heap_call call = RT_CALL(rt_thread_init);

    if (!rt_is_live(rt_is_there(thread, call), thread, call) || !priority_is_valid(priority, call))
        return -RT_ERROR;
    if (task_is_in_use(&thread->task)) {
        rt_misuse(call, DIAGNOSIS_OBJECT, thread, 0,
                  "the thread lives, or has ended and the idle thread has not run since");
        return -RT_ERROR;
    }
    memset(thread, 0, sizeof *thread);
    thread->stack_addr = stack_start;
    thread->stack_size = stack_size;
    set_up(thread, name, entry, parameter, priority, tick);
    return RT_EOK;
}

rt_thread_t rt_thread_create(const char *name, void (*entry)(void *parameter), void *parameter,
                             rt_uint32_t stack_size, rt_uint8_t priority, rt_uint32_t tick)
{
    const struct heap_call call = RT_CALL(rt_thread_create);
    struct rt_charge charge;

    if (!rt_allowed(call) || !priority_is_valid(priority, call) ||
        !rt_charge_take(&charge, RT_KIND_THREAD, stack_size, RT_TRUE))
        return NULL;
    struct rt_thread *const thread = port_object_alloc(sizeof *thread);
    if (thread == NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    thread->charge = charge;
    thread->stack_addr = charge.memory;
    thread->stack_size = stack_size;
    set_up(thread, name, entry, parameter, priority, tick);
    return thread;
}

rt_err_t rt_thread_startup(rt_thread_t thread)
{
    const struct heap_call call = RT_CALL(rt_thread_startup);

    if (!is_thread(thread, call))
        return -RT_ERROR;
    if (task_start(&thread->task))
        return RT_EOK;
    rt_misuse(call, DIAGNOSIS_OBJECT, thread, 0, "the thread was started before, or has ended");
    return -RT_ERROR;
}

static rt_err_t end(rt_thread_t thread, rt_bool_t dynamic, struct heap_call call)
{
    if (!is_thread(thread, call))
        return -RT_ERROR;
    if ((thread->charge.object != NULL) != dynamic) {
        rt_misuse(call, DIAGNOSIS_OBJECT, thread, 0,
                  dynamic ? "the thread is static: detach it" : "the thread is dynamic: delete it");
        return -RT_ERROR;
    }
    const bool masked = kernel_enter();
    const bool in_heap = kernel.heap_mutex.owner == &thread->task || api_is_in_heap(&thread->task);
    const bool closed = !in_heap && task_close(&thread->task);
    kernel_leave(masked);
    if (!closed)
        rt_misuse(call, DIAGNOSIS_OBJECT, thread, 0,
                  in_heap ? "the thread is in the middle of a heap call, and holds a heap's lock"
                          : "the thread has ended already");
    return closed ? RT_EOK : -RT_ERROR;
}

rt_err_t rt_thread_delete(rt_thread_t thread)
{
    return end(thread, RT_TRUE, RT_CALL(rt_thread_delete));
}

rt_err_t rt_thread_detach(rt_thread_t thread)
{
    return end(thread, RT_FALSE, RT_CALL(rt_thread_detach));
}

/* --- running --- */

rt_thread_t rt_thread_self(void)
{
    return thread_of(task_self());
}

/* The newest of that name, as far as the board keeps names. */
rt_thread_t rt_thread_find(char *name)
{
    rt_thread_t found = NULL;
    struct rt_object wanted;

    if (name == NULL) /* as upstream: nobody has that name */
        return NULL;
    const bool masked = kernel_enter();
    rt_object_name(&wanted, name);
    for (struct list *node = kernel.tasks.prev; node != &kernel.tasks && found == NULL;
         node = node->prev) {
        const rt_thread_t thread = thread_of(list_entry(node, struct task, all_link));

        if (thread != NULL && strcmp(thread->parent.name, wanted.name) == 0)
            found = thread;
    }
    kernel_leave(masked);
    return found;
}

rt_err_t rt_thread_get_name(rt_thread_t thread, char *name, rt_uint8_t name_size)
{
    rt_uint8_t i = 0;

    if (thread == NULL || name == NULL || name_size == 0)
        return -RT_EINVAL;
    for (; i < name_size - 1 && thread->parent.name[i] != '\0'; i++)
        name[i] = thread->parent.name[i];
    name[i] = '\0';
    return RT_EOK;
}

rt_err_t rt_thread_yield(void)
{
    if (task_self() != NULL)
        task_yield();
    return RT_EOK;
}

/* How a sleep ended stands in the thread's error; a resumed one is no failure of the call. */
static rt_err_t sleep_ticks(uint32_t ticks, rt_err_t resumed, struct heap_call call)
{
    if (ticks == 0)
        return -RT_EINVAL;
    if (ticks > WAIT_MAX) {
        rt_misuse(call, DIAGNOSIS_OBJECT, NULL, ticks, "a delay is at most 2147483647 ticks");
        return -RT_EINVAL;
    }
    if (!rt_allowed_to_wait(call))
        return -RT_ERROR;
    rt_set_errno(task_sleep(ticks) == WAKE_RESUMED ? resumed : RT_EOK);
    return RT_EOK;
}

rt_err_t rt_thread_delay(rt_tick_t tick)
{
    return sleep_ticks(tick, -RT_EINTR, RT_CALL(rt_thread_delay));
}

rt_err_t rt_thread_mdelay(rt_int32_t ms)
{
    return sleep_ticks(rt_tick_from_millisecond(ms), -RT_EINTR, RT_CALL(rt_thread_mdelay));
}

rt_err_t rt_thread_delay_until(rt_tick_t *tick, rt_tick_t inc_tick)
{
    const struct heap_call call = RT_CALL(rt_thread_delay_until);
    const rt_tick_t now = rt_tick_get();

    port_touch(tick, sizeof *tick, true, &call);
    if (now - *tick >= inc_tick) {
        *tick = now;
        return RT_EOK;
    }
    *tick += inc_tick;
    return sleep_ticks(*tick - now, RT_EOK, call);
}

rt_err_t rt_thread_suspend(rt_thread_t thread)
{
    return is_thread(thread, RT_CALL(rt_thread_suspend)) && task_suspend(&thread->task, SUSPEND_NOT)
               ? RT_EOK
               : -RT_ERROR;
}

rt_err_t rt_thread_resume(rt_thread_t thread)
{
    return is_thread(thread, RT_CALL(rt_thread_resume)) && task_resume(&thread->task) ? RT_EOK
                                                                                      : -RT_EINVAL;
}

rt_err_t rt_thread_control(rt_thread_t thread, int cmd, void *arg)
{
    const struct heap_call call = RT_CALL(rt_thread_control);

    if (!is_thread(thread, call))
        return -RT_ERROR;
    switch (cmd) {
    case RT_THREAD_CTRL_STARTUP:
        return rt_thread_startup(thread);
    case RT_THREAD_CTRL_CLOSE:
        return end(thread, thread->charge.object != NULL, call);
    case RT_THREAD_CTRL_CHANGE_PRIORITY:
    case RT_THREAD_CTRL_RESET_PRIORITY:
        port_touch(arg, sizeof(rt_uint8_t), false, &call);
        if (!priority_is_valid(*(rt_uint8_t *)arg, call))
            return -RT_EINVAL;
        task_set_priority(&thread->task, *(rt_uint8_t *)arg);
        return RT_EOK;
    case RT_THREAD_CTRL_BIND_CPU: {
        const rt_ubase_t core = (rt_ubase_t)arg;

        task_bind(&thread->task, core < kernel.core_count ? (uint8_t)core : TASK_NO_CORE);
        return RT_EOK;
    }
    default:
        return RT_EOK;
    }
}

void rt_schedule(void)
{
    const bool masked = kernel_enter();

    if (task_self() != NULL)
        kernel_core()->reschedule = true;
    kernel_leave(masked);
}

/* --- scheduler lock --- */

rt_base_t rt_enter_critical(void)
{
    struct task *const self = task_self();

    if (self == NULL)
        return 0;
    const uint32_t level = task_count(&self->schedule_locks, 1);
    port_order(ORDER_SCHEDULER, true, 0);
    return (rt_base_t)level;
}

void rt_exit_critical(void)
{
    struct task *const self = task_self();

    port_order(ORDER_SCHEDULER, false, 0);
    const bool masked = kernel_enter();
    if (self != NULL && task_counted(&self->schedule_locks) > 0 &&
        task_count(&self->schedule_locks, -1) == 0)
        kernel_core()->reschedule = true; /* for what became ready meanwhile, on any core */
    kernel_leave(masked);
}

rt_uint16_t rt_critical_level(void)
{
    const struct task *const self = task_self();

    return (rt_uint16_t)(self != NULL ? task_counted(&self->schedule_locks) : 0);
}

/* --- idle hooks, errors --- */

static rt_err_t replace_idle_hook(void (*from)(void), void (*to)(void), rt_err_t otherwise)
{
    const bool masked = kernel_enter();
    unsigned i = 0;

    while (i < KERNEL_IDLE_HOOKS && kernel.idle_hooks[i] != from)
        i++;
    if (i < KERNEL_IDLE_HOOKS)
        kernel.idle_hooks[i] = to;
    kernel_leave(masked);
    return i < KERNEL_IDLE_HOOKS ? RT_EOK : otherwise;
}

rt_err_t rt_thread_idle_sethook(void (*hook)(void))
{
    return replace_idle_hook(NULL, hook, -RT_EFULL);
}

rt_err_t rt_thread_idle_delhook(void (*hook)(void))
{
    return replace_idle_hook(hook, NULL, -RT_ENOSYS);
}

rt_err_t rt_get_errno(void)
{
    const struct rt_thread *const self = rt_thread_self();

    return irq_in_isr() || self == NULL ? kernel.rtthread.error : self->error;
}

void rt_set_errno(rt_err_t error)
{
    struct rt_thread *const self = rt_thread_self();

    if (irq_in_isr() || self == NULL)
        kernel.rtthread.error = error;
    else
        self->error = error;
}
