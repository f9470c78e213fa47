/*
 * A sensor's state is written after the sensor was closed.
 *
 * Expected: use-after-free by task 'sensor'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>

struct sensor {
    int id;
    int value;
    struct {
        int reads, errors;
    } count;
};

static struct sensor *open_sensor(int id)
{
    struct sensor *sensor = rt_calloc(1, sizeof *sensor); /* TAKEN */

    sensor->id = id;
    return sensor;
}

static void close_sensor(struct sensor *sensor)
{
    rt_free(sensor); /* FREED */
}

static void measure(void *parameter)
{
    struct sensor *sensor = open_sensor(3);

    sensor->value = 20;
    close_sensor(sensor);
    sensor->count.errors = 1; /* MISTAKE */
}

int main(void)
{
    rt_thread_startup(rt_thread_create("sensor", measure, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
