/*
 * A small weather station on an RT-Thread board.
 *
 *   wind interrupt  -> counts revolutions of the anemometer
 *   sampler         -> every 50 ms: reads the sensors into a block of the sample pool
 *   filter          -> takes the blocks over, keeps a window of them, computes averages
 *   uplink          -> every second: formats a message on the heap and "sends" it
 *   watchdog        -> looks whether the others still work, and restarts the uplink if it hangs
 *   led             -> blinks, least urgent
 */
#include <rthw.h>
#include <rtthread.h>

#define WIND_IRQ          7
#define SAMPLE_PERIOD_MS  50
#define UPLINK_PERIOD_MS  1000
#define POOL_BLOCKS       8
#define QUEUE_LENGTH      8
#define WINDOW            16
#define THREAD_STACK_SIZE 1024
#define THREAD_TIMESLICE  10

struct sample {
    rt_tick_t when;
    rt_int16_t temperature; /* 0.1 degrees */
    rt_uint16_t humidity;   /* 0.1 percent */
    rt_uint32_t wind;       /* revolutions since the last one */
};

struct averages {
    rt_int32_t temperature;
    rt_uint32_t humidity;
    rt_uint32_t wind;
    rt_uint32_t count;
};

ALIGN(RT_ALIGN_SIZE)
static rt_uint8_t sampler_stack[THREAD_STACK_SIZE];
static struct rt_thread sampler;

ALIGN(RT_ALIGN_SIZE)
static rt_uint8_t pool_memory[POOL_BLOCKS * (RT_ALIGN(sizeof(struct sample), RT_ALIGN_SIZE) +
                                             sizeof(rt_uint8_t *))];
static struct rt_mempool sample_pool;

/* A ring of pointers from the sampler to the filter. */
static struct sample *queue[QUEUE_LENGTH];
static rt_uint8_t queue_in, queue_out;
static struct rt_semaphore queue_filled;
static rt_sem_t queue_free = RT_NULL;

static rt_mutex_t averages_lock = RT_NULL;
static struct averages averages;

static rt_thread_t filter = RT_NULL, uplink = RT_NULL, led = RT_NULL;
static volatile rt_uint32_t revolutions;
static volatile rt_tick_t uplink_alive;
static rt_uint32_t messages, lost_samples, restarts, idle_count;
static volatile rt_bool_t hang_uplink = RT_FALSE;

static void wind_isr(int vector, void *param)
{
    RT_UNUSED(vector);
    RT_UNUSED(param);
    rt_interrupt_enter();
    revolutions++;
    rt_interrupt_leave();
}

static rt_uint32_t take_revolutions(void)
{
    rt_base_t level;
    rt_uint32_t count;

    level = rt_hw_interrupt_disable();
    count = revolutions;
    revolutions = 0;
    rt_hw_interrupt_enable(level);
    return count;
}

static void sampler_entry(void *parameter)
{
    rt_tick_t last = rt_tick_get();

    RT_ASSERT(parameter == RT_NULL);
    while (1) {
        struct sample *s = (struct sample *)rt_mp_alloc(&sample_pool, RT_WAITING_NO);

        if (s == RT_NULL) {
            lost_samples++;
        } else {
            rt_memset(s, 0, sizeof(struct sample));
            s->when = rt_tick_get();
            s->temperature = 215 + (rt_int16_t)(s->when % 7) - 3;
            s->humidity = 480 + (rt_uint16_t)(s->when % 11);
            s->wind = take_revolutions();
            if (rt_sem_take(queue_free, rt_tick_from_millisecond(10)) == RT_EOK) {
                queue[queue_in] = s;
                queue_in = (queue_in + 1) % QUEUE_LENGTH;
                rt_sem_release(&queue_filled);
            } else {
                rt_mp_free(s);
                lost_samples++;
            }
        }
        rt_thread_delay_until(&last, rt_tick_from_millisecond(SAMPLE_PERIOD_MS));
    }
}

static void filter_entry(void *parameter)
{
    struct sample *window = (struct sample *)rt_calloc(WINDOW, sizeof(struct sample));
    rt_uint32_t used = 0, next = 0, i;

    RT_UNUSED(parameter);
    if (window == RT_NULL) {
        rt_kprintf("[%s] no memory\n", rt_thread_self()->parent.name);
        return;
    }
    while (rt_sem_take(&queue_filled, RT_WAITING_FOREVER) == RT_EOK) {
        struct averages sum = {0, 0, 0, 0};

        rt_memcpy(&window[next], queue[queue_out], sizeof(struct sample));
        rt_mp_free(queue[queue_out]);
        queue_out = (queue_out + 1) % QUEUE_LENGTH;
        rt_sem_release(queue_free);

        next = (next + 1) % WINDOW;
        used = RT_MIN(used + 1, WINDOW);
        for (i = 0; i < used; i++) {
            sum.temperature += window[i].temperature;
            sum.humidity += window[i].humidity;
            sum.wind += window[i].wind;
        }
        rt_mutex_take(averages_lock, RT_WAITING_FOREVER);
        averages.temperature = sum.temperature / (rt_int32_t)used;
        averages.humidity = sum.humidity / used;
        averages.wind = sum.wind;
        averages.count++;
        rt_mutex_release(averages_lock);
    }
}

static void uplink_entry(void *parameter)
{
    RT_UNUSED(parameter);
    while (1) {
        struct averages now;
        rt_size_t length = 16;
        char *message;

        rt_thread_mdelay(UPLINK_PERIOD_MS);
        if (hang_uplink)
            rt_thread_suspend(rt_thread_self()), rt_schedule();
        if (rt_mutex_take(averages_lock, rt_tick_from_millisecond(100)) != RT_EOK)
            continue;
        now = averages;
        rt_mutex_release(averages_lock);

        message = (char *)rt_malloc(length);
        while (message != RT_NULL) {
            int need =
                rt_snprintf(message, length, "{\"t\":%d.%d,\"h\":%u.%u,\"w\":%u,\"n\":%u}",
                            (int)(now.temperature / 10), (int)(now.temperature % 10),
                            (unsigned int)(now.humidity / 10), (unsigned int)(now.humidity % 10),
                            (unsigned int)now.wind, (unsigned int)now.count);

            if ((rt_size_t)need < length)
                break;
            length = (rt_size_t)need + 1;
            message = (char *)rt_realloc(message, length);
        }
        if (message == RT_NULL)
            continue;
        rt_kprintf("[%6u] %s\n", (unsigned int)rt_tick_get(), message);
        rt_free(message);
        messages++;
        uplink_alive = rt_tick_get();
    }
}

static void start_uplink(void)
{
    uplink_alive = rt_tick_get();
    uplink =
        rt_thread_create("uplink", uplink_entry, RT_NULL, THREAD_STACK_SIZE, 18, THREAD_TIMESLICE);
    RT_ASSERT(uplink != RT_NULL);
    rt_thread_startup(uplink);
}

static void led_entry(void *parameter)
{
    rt_bool_t on = RT_FALSE;

    RT_UNUSED(parameter);
    for (;;) {
        on = !on;
        rt_enter_critical();
        idle_count += on;
        rt_exit_critical();
        rt_thread_yield();
        rt_thread_mdelay(on ? 100 : 400);
    }
}

/* Looks after the others; the main thread calls it. */
static void supervise(rt_uint32_t rounds)
{
    while (rounds-- > 0) {
        rt_thread_mdelay(500);
        if (rt_tick_get() - uplink_alive > rt_tick_from_millisecond(3 * UPLINK_PERIOD_MS)) {
            hang_uplink = RT_FALSE;
            rt_kprintf("uplink hangs, restarting it\n");
            rt_thread_delete(uplink);
            restarts++;
            start_uplink();
        }
    }
}

static int weather_station_init(void)
{
    rt_uint8_t priority = 25;

    rt_mp_init(&sample_pool, "samples", pool_memory, sizeof(pool_memory), sizeof(struct sample));
    rt_sem_init(&queue_filled, "filled", 0, RT_IPC_FLAG_FIFO);
    queue_free = rt_sem_create("free", QUEUE_LENGTH, RT_IPC_FLAG_PRIO);
    averages_lock = rt_mutex_create("avg", RT_IPC_FLAG_PRIO);
    if (queue_free == RT_NULL || averages_lock == RT_NULL)
        return -RT_ENOMEM;

    rt_thread_init(&sampler, "sampler", sampler_entry, RT_NULL, &sampler_stack[0],
                   sizeof(sampler_stack), 8, THREAD_TIMESLICE);
    filter =
        rt_thread_create("filter", filter_entry, RT_NULL, THREAD_STACK_SIZE, 14, THREAD_TIMESLICE);
    led = rt_thread_create("led", led_entry, RT_NULL, 512, 30, THREAD_TIMESLICE);
    if (filter == RT_NULL || led == RT_NULL)
        return -RT_ENOMEM;

    rt_hw_interrupt_install(WIND_IRQ, wind_isr, RT_NULL, "wind");
    rt_hw_interrupt_umask(WIND_IRQ);
    rt_thread_startup(&sampler);
    rt_thread_startup(filter);
    rt_thread_startup(led);
    rt_thread_control(led, RT_THREAD_CTRL_CHANGE_PRIORITY, &priority);
    start_uplink();
    return RT_EOK;
}
INIT_APP_EXPORT(weather_station_init);

static void weather(int argc, char **argv)
{
    RT_UNUSED(argc);
    RT_UNUSED(argv);
    rt_kprintf("%u messages, %u samples lost\n", messages, lost_samples);
}
MSH_CMD_EXPORT(weather, show what the weather station did);

int main(void)
{
    rt_size_t total, used, max_used;

    rt_kprintf("weather station on RT-Thread %d.%d.%d\n", RT_VERSION_MAJOR, RT_VERSION_MINOR,
               RT_VERSION_PATCH);
    supervise(9);
    hang_uplink = RT_TRUE;
    supervise(20);
    weather(0, RT_NULL);
    rt_memory_info(&total, &used, &max_used);
    rt_kprintf("heap: %lu of %lu bytes used, at most %lu; %lu samples averaged, %lu restarts\n",
               (unsigned long)used, (unsigned long)total, (unsigned long)max_used,
               (unsigned long)averages.count, (unsigned long)restarts);
    RT_ASSERT(rt_thread_find("sampler") == &sampler);
    return restarts == 1 && messages >= 9 && averages.count >= 280 && lost_samples == 0 ? 0 : 1;
}
