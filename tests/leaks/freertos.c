/* The same for FreeRTOS. */
#include <FreeRTOS.h>
#include <heapsim.h>
#include <queue.h>
#include <semphr.h>
#include <stdlib.h>
#include <string.h>
#include <task.h>
#include <timers.h>

static void *held;
static QueueHandle_t queue;

static __attribute__((noinline)) void *take(size_t size)
{
    void *const block = pvPortMalloc(size);

    if (block != NULL)
        memset(block, 0, size);
    return block;
}

static __attribute__((noinline)) void forget(void)
{
    volatile char bytes[2048];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = 0;
}

static void wait_for_ever(void)
{
    for (;;)
        vTaskDelay(pdMS_TO_TICKS(10));
}

static void in_loop(void *argument)
{
    for (int i = 0; i < 3; i++) {
        take(40);
        vTaskDelay(1);
    }
    wait_for_ever();
}

static void ends(void *argument)
{
    take(80);
    vTaskDelete(NULL);
}

static void in_local(void *argument)
{
    char *const block = take(64);

    vTaskDelay(pdMS_TO_TICKS(60000));
    vPortFree(block);
    vTaskDelete(NULL);
}

static void sends(void *argument)
{
    void *block = take(32);

    xQueueSend(queue, &block, 0);
    block = NULL;
    forget();
    wait_for_ever();
}

static void in_static(void *argument)
{
    void **const outer = take(48);

    outer[1] = take(24);
    held = outer;
    wait_for_ever();
}

static void on_timer(TimerHandle_t timer)
{
}

static void objects(void *argument)
{
    xSemaphoreCreateMutex();
    xSemaphoreCreateCounting(4, 0);
    xQueueCreate(4, 8);
    xTimerStart(xTimerCreate("t", 10, pdTRUE, NULL, on_timer), 0);
    xTaskCreate(in_local, "other", 256, NULL, 1, NULL);
    wait_for_ever();
}

static void by_libc(void *argument)
{
    strdup("a text that nobody keeps");
    forget();
    wait_for_ever();
}

static const struct {
    const char *name;
    void (*run)(void *argument);
} cases[] = {{"loop", in_loop},  {"ended", ends},       {"local", in_local}, {"message", sends},
             {"static", in_static}, {"objects", objects}, {"libc", by_libc},   {"main", in_local}};

const struct sim_argument sim_arguments[] = {
    {"case", "loop|ended|local|message|static|objects|libc|main", "loop", "what leaks"}, {0}};

static __attribute__((noinline)) void leak_in_main(void)
{
    take(72);
}

int main(void)
{
    const char *const name = sim_argument("case");

    queue = xQueueCreate(4, sizeof(void *));
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (strcmp(cases[i].name, name) == 0)
            xTaskCreate(cases[i].run, "worker", 512, NULL, 2, NULL);
    if (strcmp(name, "main") == 0) {
        leak_in_main();
        forget();
    }
    vTaskStartScheduler();
    return 0;
}
