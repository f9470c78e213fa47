/*
 * The same of FreeRTOS and OneOS: what their critical sections and scheduler locks order. Their
 * headers have no calls for tasks, so the kernel's own make them.
 */
#include "../../kernel/kernel.h"
#include "heapsim.h"

#if DIALECT_freertos
#include <FreeRTOS.h>
#include <task.h>
#define MASKED(step)    (taskENTER_CRITICAL(), (step), taskEXIT_CRITICAL())
#define DISABLED(step)  (taskDISABLE_INTERRUPTS(), (step), taskENABLE_INTERRUPTS())
#define SUSPENDED(step) (vTaskSuspendAll(), (step), (void)xTaskResumeAll())
#define MASKED_IN_ISR(step)                                                                        \
    do {                                                                                           \
        const unsigned long before = taskENTER_CRITICAL_FROM_ISR();                                \
        (step);                                                                                    \
        taskEXIT_CRITICAL_FROM_ISR(before);                                                        \
    } while (0)
#define TAKE(size)  pvPortMalloc(size)
#define GIVE(block) vPortFree(block)
#else
#include <os_memory.h>
#include <os_task.h>
#include <os_util.h>
#define MASKED(step)                                                                               \
    do {                                                                                           \
        const os_ubase_t before = os_irq_lock();                                                   \
        (step);                                                                                    \
        os_irq_unlock(before);                                                                     \
    } while (0)
#define DISABLED(step)      (os_irq_disable(), (step), os_irq_enable())
#define SUSPENDED(step)     (os_schedule_lock(), (step), os_schedule_unlock())
#define MASKED_IN_ISR(step) MASKED(step)
#define TAKE(size)          os_malloc(size)
#define GIVE(block)         os_free(block)
#endif

enum { ROUNDS = 40, LINE = 3 };

static struct semaphore done;
static struct task main_task, tasks[2];
static int shared;
static const char *wanted;

static __attribute__((noinline)) void add(void)
{
    shared++;
}

#define STEPS(name, step)                                                                          \
    static void name(void *argument)                                                               \
    {                                                                                              \
        for (int i = 0; i < ROUNDS; i++) {                                                         \
            step;                                                                                  \
            sim_spend(11);                                                                         \
        }                                                                                          \
        semaphore_give(&done);                                                                     \
    }

STEPS(adds, add())
STEPS(adds_masked, MASKED(add()))
STEPS(adds_disabled, DISABLED(add()))
STEPS(adds_suspended, SUSPENDED(add()))
STEPS(adds_suspended_twice, SUSPENDED((SUSPENDED(add()), add())))
STEPS(adds_beside_heap, (GIVE(TAKE(20)), add()))

static void isr_adds(int line, void *argument)
{
    add();
}

static void isr_adds_masked(int line, void *argument)
{
    MASKED_IN_ISR(add());
}

static void run_two(void (*one)(void *), void (*two)(void *))
{
    task_init(&tasks[0], "one", one, NULL, 15, 5);
    task_init(&tasks[1], "two", two, NULL, 15, 5);
    task_start(&tasks[0]);
    task_start(&tasks[1]);
    semaphore_take(&done, WAIT_FOREVER);
    semaphore_take(&done, WAIT_FOREVER);
}

static void run_beside(void (*one)(void *), void (*isr)(int, void *))
{
    sim_irq_install(LINE, isr, NULL, "device");
    sim_device(LINE, 10, 20, 15, 60);
    task_init(&tasks[0], "one", one, NULL, 15, 5);
    task_start(&tasks[0]);
    semaphore_take(&done, WAIT_FOREVER);
}

static const struct {
    const char *name;
    void (*one)(void *), (*two)(void *);
    void (*isr)(int, void *);
} cases[] = {{"counter", adds, adds, NULL},
             {"masked", adds_masked, adds_masked, NULL},
             {"disabled", adds_disabled, adds_masked, NULL},
             {"suspended", adds_suspended, adds_suspended, NULL},
             {"suspended_twice", adds_suspended_twice, adds_suspended, NULL},
             {"suspended_and_masked", adds_suspended, adds_masked, NULL},
             {"half_suspended", adds_suspended, adds, NULL},
             {"beside_heap", adds_beside_heap, adds_beside_heap, NULL},
             {"isr", adds, NULL, isr_adds},
             {"isr_masked", adds_masked, NULL, isr_adds},
             {"isr_masked_both", adds_masked, NULL, isr_adds_masked},
             {"isr_disabled", adds_disabled, NULL, isr_adds},
             {"isr_suspended", adds_suspended, NULL, isr_adds}};

static int run_wanted(void)
{
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(wanted, cases[i].name) != 0)
            continue;
        if (cases[i].isr != NULL)
            run_beside(cases[i].one, cases[i].isr);
        else
            run_two(cases[i].one, cases[i].two);
        return 0;
    }
    return 1;
}

static void run_main(void *argument)
{
    port_main_returned(run_wanted(), true);
}

int main(int argc, char **argv)
{
    semaphore_init(&done, "done", 0, 2, WAIT_FIFO);
    wanted = argc == 2 ? argv[1] : "";
#if DIALECT_freertos
    task_init(&main_task, "main", run_main, NULL, 10, 5);
    task_start(&main_task);
    sched_start();
#else
    (void)main_task;
    run_main(NULL);
#endif
    return 0;
}
