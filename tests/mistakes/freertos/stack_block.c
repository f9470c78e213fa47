/*
 * What is configured is copied on demand; the local copy is freed like the others.
 *
 * Expected: foreign-pointer
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-4
 */
#include <FreeRTOS.h>

struct config {
    int speed, bits;
};

static void apply(struct config *config)
{
    config->bits = 8;
    vPortFree(config); /* MISTAKE */
}

int main(void)
{
    struct config local = {9600, 7};
    struct config *copy = pvPortMalloc(sizeof *copy);

    *copy = local;
    if (copy->speed > 100000)
        apply(copy);
    else
        apply(&local);
    return 0;
}
