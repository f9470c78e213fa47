/* Threads, time and interrupts of fuzz_dialect_rtthread. */
#include "rtthread_calls.h"

#include "board.h"
#include "fail.h"

enum { THREADS = 4, STACK = 512, LINE = 9 };

static struct rt_thread statics[STATICS];
static rt_thread_t threads[THREADS]; /* NULL: not there; who ends is taken off by cleaned_up() */
static unsigned hooks, interrupts;

rt_thread_t rt_main_thread;
struct rt_thread rt_helper;

/* All but the one that the input runs in: it must go on. */
static rt_thread_t pick(uint32_t number)
{
    if (number >= 0xf0)
        return NULL;
    if (number % 8 < THREADS && threads[number % 8] != NULL)
        return threads[number % 8];
    return number % 8 == 7 ? &statics[0] : &rt_helper;
}

static void body(void *parameter)
{
    const uint32_t steps = (uint32_t)(uintptr_t)parameter;

    for (uint32_t i = 0; i < steps % 8; i++) {
        if ((steps & 8) != 0)
            (void)rt_thread_delay(1 + i);
        if ((steps & 16) != 0)
            (void)rt_thread_yield();
        rt_enter_critical(); /* who is ended in between keeps its block for ever */
        rt_free(rt_malloc(16 + i));
        rt_exit_critical();
    }
    if ((steps & 32) != 0) {
        (void)rt_thread_suspend(rt_thread_self());
        rt_schedule();
    }
}

static void cleaned_up(struct rt_thread *thread)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (threads[i] == thread)
            threads[i] = NULL;
}

static void make(const uint32_t *operands)
{
    const unsigned i = operands[1] % THREADS;
    const char *const name = rt_any_name(operands[3]);
    void *const parameter = (void *)(uintptr_t)operands[2];
    const rt_uint8_t priority = (rt_uint8_t)(operands[3] % 36);

    if (threads[i] != NULL && i >= STATICS)
        return;
    if (i >= STATICS) {
        threads[i] = rt_thread_create(name, body, parameter, STACK, priority, operands[3] % 5);
    } else if (rt_thread_init(&statics[i], name, body, parameter, dialect_area(15), STACK, priority,
                              operands[3] % 5) == RT_EOK) {
        threads[i] = &statics[i];
    }
    if (threads[i] != NULL)
        threads[i]->cleanup = cleaned_up;
}

/* A thread that is at work in a heap can't be ended: see rt_thread_delete. */
static void end(const uint32_t *operands)
{
    rt_thread_t const thread = pick(operands[1]);

    if (thread == rt_thread_self() && irq_in_isr())
        return;
    if ((operands[2] & 1) != 0)
        (void)rt_thread_delete(thread);
    else
        (void)rt_thread_detach(thread);
}

static void control(const uint32_t *operands)
{
    rt_thread_t const thread = pick(operands[1]);
    rt_uint8_t priority = (rt_uint8_t)(operands[3] % 36);
    const int command = (int)(operands[2] % 7);

    if (command == RT_THREAD_CTRL_BIND_CPU)
        (void)rt_thread_control(thread, command, (void *)(uintptr_t)(operands[3] % 3));
    else
        (void)rt_thread_control(thread, command, &priority);
}

static void look(const uint32_t *operands)
{
    char name[40];
    char unknown[] = "nobody";

    (void)rt_thread_get_name(pick(operands[1]), operands[3] % 8 == 0 ? NULL : name,
                             (rt_uint8_t)(operands[3] % sizeof name));
    if (rt_thread_find(unknown) != NULL)
        fail("a thread was found that there is not");
    (void)rt_thread_find(operands[3] == 1 ? NULL : (char *)(uintptr_t) "main");
    (void)rt_thread_self();
    rt_set_errno(-(rt_err_t)operands[3]);
    if (rt_get_errno() != -(rt_err_t)operands[3])
        fail("errno is not what was set");
}

static void delay(const uint32_t *operands)
{
    rt_tick_t tick = rt_tick_get() - operands[3] % 4;

    switch (operands[2] % 4) {
    case 0:
        (void)rt_thread_delay(operands[2] < 0xf000 ? operands[3] % 6 : 0x80000000u + operands[3]);
        break;
    case 1:
        (void)rt_thread_mdelay((rt_int32_t)(operands[3] % 20) - 1);
        break;
    case 2:
        (void)rt_thread_delay_until(&tick, operands[2] / 4 % 8);
        break;
    default:
        rt_schedule();
    }
}

static void in_section(const uint32_t *operands)
{
    const rt_uint16_t before = rt_critical_level();

    if (operands[3] % 8 == 0 && before == 0) {
        rt_exit_critical(); /* without a begin */
        return;
    }
    rt_enter_critical();
    rt_enter_critical();
    (void)rt_thread_yield();
    (void)rt_thread_delay(1);
    (void)rt_thread_resume(pick(operands[1]));
    rt_exit_critical();
    rt_exit_critical();
    if (rt_critical_level() != before)
        fail("the scheduler is locked deeper, or less deep, than before");
}

static void masked(const uint32_t *operands)
{
    const rt_bool_t before = rt_hw_interrupt_is_disabled();
    const rt_base_t level = rt_hw_interrupt_disable();

    (void)rt_thread_resume(pick(operands[1]));
    void *const block = rt_malloc(operands[2] % 64);
    rt_free(block);
    if (!rt_hw_interrupt_is_disabled())
        fail("interrupts are on, though they were put off");
    rt_hw_interrupt_enable(level);
    if (rt_hw_interrupt_is_disabled() != before)
        fail("interrupts are off, or on, as they were not before");
}

static void on_line(int vector, void *parameter)
{
    (void)vector;
    (void)parameter;
    rt_interrupt_enter();
    interrupts++;
    if (rt_interrupt_get_nest() == 0)
        fail("an ISR runs, and none is active");
    rt_interrupt_leave();
}

static void on_a_line(const uint32_t *operands)
{
    const int vector = operands[3] < 0xf0 ? LINE : (int)operands[3];

    switch (operands[2] % 6) {
    case 0:
        (void)rt_hw_interrupt_install(vector, on_line, NULL, "line");
        break;
    case 1:
        rt_hw_interrupt_mask(vector);
        break;
    case 2:
        rt_hw_interrupt_umask(vector);
        break;
    case 3:
        rt_hw_interrupt_set_priority(vector, operands[2] / 6);
        break;
    case 4:
        (void)rt_hw_interrupt_get_priority(vector);
        break;
    default:
        (void)rt_hw_interrupt_install(LINE, on_line, NULL, "line");
        irq_raise(port_core(), LINE);
    }
}

static void on_tick(const uint32_t *operands)
{
    switch (operands[2] % 6) {
    case 0:
        rt_tick_set(rt_tick_get() + operands[3] % 8);
        break;
    case 1:
        rt_tick_set(rt_tick_get() - operands[3] % 4);
        break;
    case 2:
        (void)rt_tick_get_delta(rt_tick_get() - operands[3]);
        break;
    case 3:
        (void)rt_tick_get_millisecond();
        break;
    case 4:
        (void)rt_tick_from_millisecond((rt_int32_t)operands[3] - 3);
        break;
    default:
        rt_tick_increase();
    }
}

static void first_hook(void)
{
    hooks++;
}

static void second_hook(void)
{
    hooks += 2;
}

static void on_idle_hook(const uint32_t *operands)
{
    void (*const hook)(void) = (operands[3] & 1) != 0 ? first_hook : second_hook;

    if (operands[2] % 2 == 0)
        (void)rt_thread_idle_sethook(hook);
    else
        (void)rt_thread_idle_delhook(hook);
}

static void suspend(const uint32_t *operands)
{
    rt_thread_t const thread = pick(operands[1]);

    if (thread == rt_thread_self() && thread != &rt_helper)
        return;
    (void)rt_thread_suspend(thread);
    if ((operands[3] & 1) != 0)
        rt_schedule();
}

void rt_do_threads(unsigned verb, const uint32_t *operands)
{
    switch (verb) {
    case RT_DO_thread_make:
        make(operands);
        break;
    case RT_DO_thread_start:
        (void)rt_thread_startup(pick(operands[1]));
        break;
    case RT_DO_thread_end:
        end(operands);
        break;
    case RT_DO_thread_suspend:
        suspend(operands);
        break;
    case RT_DO_thread_resume:
        (void)rt_thread_resume(pick(operands[1]));
        break;
    case RT_DO_thread_control:
        control(operands);
        break;
    case RT_DO_thread_look:
        look(operands);
        break;
    case RT_DO_delay:
        delay(operands);
        break;
    case RT_DO_yield:
        (void)rt_thread_yield();
        break;
    case RT_DO_critical:
        in_section(operands);
        break;
    case RT_DO_interrupts:
        masked(operands);
        break;
    case RT_DO_line:
        on_a_line(operands);
        break;
    case RT_DO_tick:
        on_tick(operands);
        break;
    default:
        on_idle_hook(operands);
    }
}

static bool some_left(void)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (threads[i] != NULL)
            return true;
    return rt_helper.task.id != 0;
}

/* Ends all, and lets the idle thread clean up. */
void rt_end_threads(void)
{
    while (rt_thread_idle_delhook(first_hook) == RT_EOK)
        continue;
    while (rt_thread_idle_delhook(second_hook) == RT_EOK)
        continue;
    (void)rt_hw_interrupt_install(LINE, on_line, NULL, "line");
    for (unsigned rounds = 0; some_left(); rounds++) {
        if (rounds == 20)
            fail("a thread can't be ended");
        for (unsigned i = 0; i < THREADS; i++) {
            rt_thread_t const thread = threads[i];

            if (thread == NULL || thread->task.state == TASK_CLOSED)
                continue;
            (void)rt_thread_resume(thread); /* it may be at work in the heap */
            (void)(i < STATICS ? rt_thread_detach(thread) : rt_thread_delete(thread));
        }
        if (rt_helper.task.id != 0 && rt_helper.task.state != TASK_CLOSED)
            (void)rt_thread_detach(&rt_helper);
        (void)rt_thread_delay(2);
    }
}
