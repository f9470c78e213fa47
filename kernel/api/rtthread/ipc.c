/* RT-Thread's semaphores and mutexes. */
#include "internal.h"

static rt_bool_t sem_is_live(rt_sem_t sem, struct heap_call call)
{
    return rt_is_live(rt_is_there(sem, call) && sem->live, sem, call);
}

static rt_bool_t mutex_is_live(rt_mutex_t mutex, struct heap_call call)
{
    return rt_is_live(rt_is_there(mutex, call) && mutex->live, mutex, call);
}

/* --- semaphores --- */

static rt_bool_t value_is_valid(rt_uint32_t value, struct heap_call call)
{
    if (value <= RT_SEM_VALUE_MAX)
        return RT_TRUE;
    rt_misuse(call, DIAGNOSIS_OBJECT, NULL, value, "a semaphore's value is at most 65535");
    return RT_FALSE;
}

static void sem_set_up(rt_sem_t sem, const char *name, rt_uint32_t value, rt_uint8_t flag)
{
    rt_object_name(&sem->parent, name);
    semaphore_init(&sem->semaphore, sem->parent.name, value, RT_SEM_VALUE_MAX, rt_wait_order(flag));
    sem->live = RT_TRUE;
}

rt_err_t rt_sem_init(rt_sem_t sem, const char *name, rt_uint32_t value, rt_uint8_t flag)
{
    const struct heap_call call = RT_CALL(rt_sem_init);

    if (!rt_is_live(rt_is_there(sem, call), sem, call) || !value_is_valid(value, call))
        return -RT_ERROR;
    memset(sem, 0, sizeof *sem);
    sem_set_up(sem, name, value, flag);
    return RT_EOK;
}

rt_sem_t rt_sem_create(const char *name, rt_uint32_t value, rt_uint8_t flag)
{
    const struct heap_call call = RT_CALL(rt_sem_create);
    struct rt_charge charge;

    if (!rt_allowed(call) || !value_is_valid(value, call) ||
        !rt_charge_take(&charge, RT_KIND_SEMAPHORE, 0, RT_FALSE))
        return NULL;
    struct rt_semaphore *const sem = port_object_alloc(sizeof *sem);
    if (sem == NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    sem->charge = charge;
    sem_set_up(sem, name, value, flag);
    return sem;
}

static rt_err_t sem_end(rt_sem_t sem, rt_bool_t dynamic, struct heap_call call)
{
    if (!sem_is_live(sem, call) || !rt_may_end(&sem->charge, dynamic, sem, call))
        return -RT_ERROR;
    sem->live = RT_FALSE;
    semaphore_delete(&sem->semaphore);
    if (dynamic) {
        rt_charge_free(&sem->charge);
        port_object_free(sem, sizeof *sem);
    }
    return RT_EOK;
}

rt_err_t rt_sem_detach(rt_sem_t sem)
{
    return sem_end(sem, RT_FALSE, RT_CALL(rt_sem_detach));
}

rt_err_t rt_sem_delete(rt_sem_t sem)
{
    return sem_end(sem, RT_TRUE, RT_CALL(rt_sem_delete));
}

static rt_err_t sem_take(rt_sem_t sem, rt_int32_t timeout, struct heap_call call)
{
    if (!sem_is_live(sem, call))
        return -RT_ERROR;
    const enum take_result result =
        semaphore_take(&sem->semaphore, rt_can_wait() ? rt_ticks(timeout) : 0);
    if (result == TAKE_EMPTY && timeout != 0 && !rt_allowed_to_wait(call))
        return -RT_ERROR; /* only one that would have to wait is forbidden */
    return rt_take_error(result);
}

rt_err_t rt_sem_take(rt_sem_t sem, rt_int32_t timeout)
{
    return sem_take(sem, timeout, RT_CALL(rt_sem_take));
}

rt_err_t rt_sem_trytake(rt_sem_t sem)
{
    return sem_take(sem, RT_WAITING_NO, RT_CALL(rt_sem_trytake));
}

rt_err_t rt_sem_release(rt_sem_t sem)
{
    if (!sem_is_live(sem, RT_CALL(rt_sem_release)))
        return -RT_ERROR;
    return semaphore_give(&sem->semaphore) ? RT_EOK : -RT_EFULL;
}

rt_err_t rt_sem_control(rt_sem_t sem, int cmd, void *arg)
{
    const rt_ubase_t value = (rt_ubase_t)arg;

    if (!sem_is_live(sem, RT_CALL(rt_sem_control)))
        return -RT_ERROR;
    if (cmd == RT_IPC_CMD_RESET) {
        semaphore_reset(&sem->semaphore, (rt_uint16_t)value);
        return RT_EOK;
    }
    if (cmd != RT_IPC_CMD_SET_VLIMIT)
        return -RT_ERROR;
    if (value < 1 || value > RT_SEM_VALUE_MAX)
        return -RT_EINVAL;
    return semaphore_set_max(&sem->semaphore, (uint32_t)value) ? RT_EOK : -RT_ERROR;
}

/* --- mutexes --- */

static void mutex_set_up(rt_mutex_t mutex, const char *name)
{
    rt_object_name(&mutex->parent, name);
    mutex_init(&mutex->mutex, mutex->parent.name, WAIT_PRIORITY, RT_MUTEX_HOLD_MAX);
    mutex->live = RT_TRUE;
}

rt_err_t rt_mutex_init(rt_mutex_t mutex, const char *name, rt_uint8_t flag)
{
    (void)flag;
    if (!rt_is_live(rt_is_there(mutex, RT_CALL(rt_mutex_init)), mutex, RT_CALL(rt_mutex_init)))
        return -RT_ERROR;
    memset(mutex, 0, sizeof *mutex);
    mutex_set_up(mutex, name);
    return RT_EOK;
}

rt_mutex_t rt_mutex_create(const char *name, rt_uint8_t flag)
{
    struct rt_charge charge;

    (void)flag;
    if (!rt_allowed(RT_CALL(rt_mutex_create)) ||
        !rt_charge_take(&charge, RT_KIND_MUTEX, 0, RT_FALSE))
        return NULL;
    struct rt_mutex *const mutex = port_object_alloc(sizeof *mutex);
    if (mutex == NULL) {
        rt_charge_free(&charge);
        return NULL;
    }
    mutex->charge = charge;
    mutex_set_up(mutex, name);
    return mutex;
}

static rt_err_t mutex_end(rt_mutex_t mutex, rt_bool_t dynamic, struct heap_call call)
{
    if (!mutex_is_live(mutex, call) || !rt_may_end(&mutex->charge, dynamic, mutex, call))
        return -RT_ERROR;
    mutex->live = RT_FALSE;
    mutex_delete(&mutex->mutex);
    if (dynamic) {
        rt_charge_free(&mutex->charge);
        port_object_free(mutex, sizeof *mutex);
    }
    return RT_EOK;
}

rt_err_t rt_mutex_detach(rt_mutex_t mutex)
{
    return mutex_end(mutex, RT_FALSE, RT_CALL(rt_mutex_detach));
}

rt_err_t rt_mutex_delete(rt_mutex_t mutex)
{
    return mutex_end(mutex, RT_TRUE, RT_CALL(rt_mutex_delete));
}

static rt_err_t take_mutex(rt_mutex_t mutex, rt_int32_t timeout, struct heap_call call)
{
    if (!rt_allowed(call) || !mutex_is_live(mutex, call))
        return -RT_ERROR;
    const enum take_result result =
        mutex_take(&mutex->mutex, rt_can_wait() ? rt_ticks(timeout) : 0);
    if (result == TAKE_EMPTY && timeout != 0 && !rt_allowed_to_wait(call))
        return -RT_ERROR;
    return rt_take_error(result);
}

rt_err_t rt_mutex_take(rt_mutex_t mutex, rt_int32_t timeout)
{
    return take_mutex(mutex, timeout, RT_CALL(rt_mutex_take));
}

rt_err_t rt_mutex_trytake(rt_mutex_t mutex)
{
    return take_mutex(mutex, RT_WAITING_NO, RT_CALL(rt_mutex_trytake));
}

rt_err_t rt_mutex_release(rt_mutex_t mutex)
{
    const struct heap_call call = RT_CALL(rt_mutex_release);

    if (!rt_allowed(call) || !mutex_is_live(mutex, call))
        return -RT_ERROR;
    return mutex_release(&mutex->mutex) ? RT_EOK : -RT_ERROR;
}

rt_thread_t rt_mutex_get_owner(rt_mutex_t mutex)
{
    if (!mutex_is_live(mutex, RT_CALL(rt_mutex_get_owner)))
        return NULL;
    struct task *const owner = mutex->mutex.owner;
    return owner != NULL ? list_entry(owner, struct rt_thread, task) : NULL;
}

rt_ubase_t rt_mutex_get_hold(rt_mutex_t mutex)
{
    return mutex_is_live(mutex, RT_CALL(rt_mutex_get_hold)) ? mutex->mutex.holds : 0;
}
