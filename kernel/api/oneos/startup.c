/*
 * OneOS's start-up: system heap over the RAM, main task, the task "recycle" that cleans up after
 * ended ones, scheduler. The application's main runs in the main task, whose stack and control
 * block come from the heap in that order, as for every task.
 */
#include "internal.h"

#include "../dialect.h"

enum {
    MAIN_PRIORITY = OS_TASK_PRIORITY_MAX / 3,
    RECYCLE_PRIORITY = OS_TASK_PRIORITY_MAX - 2,
    SLICE = 10,
    STACK_ALIGN = 8,
    TASK_BYTES = 104 /* of a control block, without its name */
};

static struct {
    struct task task;
    void *stack, *object; /* in the heap */
} main_task;

static struct task recycle_task;
static struct semaphore ended_tasks;

/* --- what the simulator asks --- */

static const char *heap_refusal(const struct heap_ops *ops)
{
    static const struct heap_ops *const own[] = {
        &heap_oneos_mixed, &heap_oneos_first_fit, &heap_oneos_first_fit_v201,
        &heap_oneos_buddy, &heap_oneos_small,     &heap_oneos_small_lite};

    for (unsigned i = 0; i < sizeof own / sizeof own[0]; i++)
        if (ops == own[i])
            return NULL;
    return "its regions have none of OneOS's algorithms";
}

static uint32_t ticks_per_second(void)
{
    return OS_TICK_PER_SECOND;
}

static void *libc_malloc(size_t size, struct heap_call call)
{
    return oneos_malloc(oneos_system(), size, call);
}

static void *libc_calloc(size_t count, size_t size, struct heap_call call)
{
    return oneos_calloc(oneos_system(), count, size, call);
}

static void *libc_realloc(void *block, size_t size, struct heap_call call)
{
    return oneos_realloc(oneos_system(), block, size, call);
}

/* The C library's free takes NULL. */
static void libc_free(void *block, struct heap_call call)
{
    if (block != NULL)
        oneos_free(oneos_system(), block, call);
}

static void *libc_memalign(size_t align, size_t size, struct heap_call call)
{
    if (kernel.system_heap_live && !api_frees_aligned(&kernel.system_heap))
        return api_memalign(libc_malloc, libc_free, align, size, call);
    return oneos_aligned_malloc(oneos_system(), align, size, call);
}

const struct dialect dialect = {
    .key = "oneos",
    .name = "OneOS",
    .standard_heap = "oneos-mixed",
    .ticks_per_second = ticks_per_second,
    .heap_refusal = heap_refusal,
    .ram_size = NULL,
    .libc = {libc_malloc, libc_calloc, libc_realloc, libc_memalign, libc_free}};

/* --- tasks --- */

static void run_main(void *argument)
{
    (void)argument;
    const int value = port_application_main();
    port_main_returned(value, task_self()->has_waited);
}

static void main_closed(struct task *task)
{
    (void)task;
    os_free(main_task.stack);
    os_free(main_task.object);
}

/* Bytes of a task's control block with names of the configured length. */
static os_size_t task_bytes(void)
{
    const int index = heap_option_index(kernel.heap_config.ops, "name_max");

    return TASK_BYTES + (index >= 0 ? 8u << kernel.heap_config.option[index] : OS_NAME_MAX + 1);
}

/* OneOS makes both calls, and gives back what one of them got. */
static bool charge_main_task(void)
{
    const bool aligned = (kernel.heap_config.ops->capabilities & HEAP_CAN_ALIGN) && !oneos_is_v1();

    main_task.stack = aligned ? os_aligned_malloc(STACK_ALIGN, OS_MAIN_TASK_STACK_SIZE)
                              : os_malloc(OS_MAIN_TASK_STACK_SIZE);
    main_task.object = os_malloc(task_bytes());
    if (main_task.stack != NULL && main_task.object != NULL)
        return true;
    if (main_task.stack != NULL)
        os_free(main_task.stack);
    if (main_task.object != NULL)
        os_free(main_task.object);
    return false;
}

static void start_main_task(void)
{
    task_init(&main_task.task, "main", run_main, NULL, MAIN_PRIORITY, SLICE);
    main_task.task.object = api_address(main_task.object);
    main_task.task.closed = main_closed;
    main_task.task.stack_size = OS_MAIN_TASK_STACK_SIZE;
    task_start(&main_task.task);
}

static void tell_recycle(void)
{
    semaphore_give(&ended_tasks);
}

static void recycle(void *argument)
{
    (void)argument;
    for (;;) {
        semaphore_take(&ended_tasks, WAIT_FOREVER);
        task_reap();
    }
}

static void start_recycle(void)
{
    semaphore_init(&ended_tasks, "recycle", 0, UINT32_MAX, WAIT_FIFO);
    task_init(&recycle_task, "recycle", recycle, NULL, RECYCLE_PRIORITY, SLICE);
    recycle_task.system = true;
    kernel.closed_hook = tell_recycle;
    task_start(&recycle_task);
}

/* --- start --- */

static void on_tick(int line, void *argument)
{
    (void)line;
    (void)argument;
    kernel_tick();
}

void dialect_start(void *begin, unsigned long size)
{
    semaphore_init(&kernel.heap_semaphore, "heap", 1, 1, oneos_is_v1() ? WAIT_FIFO : WAIT_PRIORITY);
    if (oneos_is_v1())
        os_system_heap_init(begin, (char *)begin + size);
    else
        os_sys_heap_add(begin, size, OS_MEM_ALG_DEFAULT);
    irq_install(IRQ_TICK, on_tick, NULL, "tick");
    if (charge_main_task())
        start_main_task();
    else
        api_misuse(HEAP_CALL("os_task_create"), DIAGNOSIS_BAD_REGION, begin, size,
                   "the heap is too small for the main task and its stack of 2048 bytes");
    start_recycle();
    sched_start();
}
