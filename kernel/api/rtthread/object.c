/* What all RT-Thread objects have in common: names, costs, handles. */
#include "internal.h"

static tsize_t configured_name_max(void)
{
    const struct heap_ops *const ops = kernel.heap_config.ops;
    const int index = ops != NULL ? heap_option_index(ops, "name_max") : -1;

    return index >= 0 && strcmp(ops->options[index].upstream, "RT_NAME_MAX") == 0
               ? kernel.heap_config.option[index]
               : RT_NAME_MAX; /* another RTOS's allocator may have an option of that name */
}

void rt_object_name(struct rt_object *object, const char *name)
{
    const tsize_t limit = configured_name_max();

    memset(object->name, 0, sizeof object->name);
    for (tsize_t i = 0; name != NULL && name[i] != '\0' && i < limit && i < sizeof object->name - 1;
         i++)
        object->name[i] = name[i];
}

enum wait_order rt_wait_order(rt_uint8_t flag)
{
    return flag == RT_IPC_FLAG_PRIO ? WAIT_PRIORITY : WAIT_FIFO;
}

rt_bool_t rt_is_since(rt_uint8_t major, rt_uint8_t minor, rt_uint8_t patch)
{
    const uint32_t release = kernel.rtthread.release;

    return release == 0 || release >= HEAP_VERSION(major, minor, patch);
}

/* --- costs --- */

/* Every control block begins with an object header; a thread holds a timer with a header of its
 * own. */
rt_size_t rt_object_bytes(enum rt_object_kind kind)
{
    const tsize_t header = align_up(configured_name_max() + 2, 4) + 8;
    const tsize_t smp = kernel.core_count > 1 ? 8 : 0;

    switch (kind) {
    case RT_KIND_THREAD:
        return 2 * header + 108 + smp;
    case RT_KIND_SEMAPHORE:
        return header + 16;
    case RT_KIND_MUTEX:
        return header + 28;
    case RT_KIND_EVENT:
        return header + 16;
    case RT_KIND_MAILBOX:
        return header + 32;
    case RT_KIND_QUEUE:
        return header + 44;
    case RT_KIND_TIMER:
        return header + 24;
    case RT_KIND_MEMPOOL:
        return header + 36;
    }
    return 0;
}

rt_bool_t rt_charge_take(struct rt_charge *charge, enum rt_object_kind kind, rt_size_t memory,
                         rt_bool_t with_memory)
{
    *charge = (struct rt_charge){.object = rt_malloc(rt_object_bytes(kind))};
    if (charge->object == NULL)
        return RT_FALSE;
    if (with_memory) {
        charge->memory = rt_malloc(memory);
        if (charge->memory == NULL) {
            rt_charge_free(charge);
            return RT_FALSE;
        }
    }
    return RT_TRUE;
}

void rt_charge_free(struct rt_charge *charge)
{
    if (charge->memory != NULL)
        rt_free(charge->memory);
    rt_free(charge->object);
    *charge = (struct rt_charge){NULL, NULL};
}

/* --- handles, timeouts, answers --- */

rt_bool_t rt_is_live(rt_bool_t live, const void *object, struct heap_call call)
{
    if (!live)
        rt_misuse(call, DIAGNOSIS_OBJECT, object, 0,
                  object == NULL ? "the handle is RT_NULL: did its create call fail?"
                                 : "the object was deleted, or never initialised");
    return live;
}

rt_bool_t rt_may_end(const struct rt_charge *charge, rt_bool_t dynamic, const void *object,
                     struct heap_call call)
{
    if (dynamic && !rt_allowed(call))
        return RT_FALSE;
    if ((charge->object != NULL) == dynamic)
        return RT_TRUE;
    rt_misuse(call, DIAGNOSIS_OBJECT, object, 0,
              dynamic ? "the object is static: detach it" : "the object is dynamic: delete it");
    return RT_FALSE;
}

rt_bool_t rt_is_memory(const void *memory, rt_size_t bytes, struct heap_call call)
{
    const char *const refusal = bytes == 0 ? NULL : port_memory_refusal(memory, bytes);

    if (refusal != NULL)
        rt_misuse(call, DIAGNOSIS_BAD_REGION, memory, bytes, refusal);
    return refusal == NULL;
}

rt_bool_t rt_was_refused(enum take_result result, rt_int32_t timeout, struct heap_call call)
{
    return result == TAKE_EMPTY && timeout != 0 && !rt_allowed_to_wait(call);
}

uint32_t rt_ticks(rt_int32_t timeout)
{
    return timeout < 0 ? WAIT_FOREVER : (uint32_t)timeout;
}

uint32_t rt_ticks_here(rt_int32_t timeout)
{
    return rt_can_wait() ? rt_ticks(timeout) : 0;
}

rt_err_t rt_take_error(enum take_result result)
{
    switch (result) {
    case TAKEN:
        return RT_EOK;
    case TAKE_EMPTY:
    case TAKE_TIMEOUT:
        return -RT_ETIMEOUT;
    case TAKE_RESUMED:
        return -RT_EINTR;
    case TAKE_OVERFLOW:
        return -RT_EFULL;
    case TAKE_DELETED:
        return -RT_ERROR;
    }
    return -RT_ERROR;
}
