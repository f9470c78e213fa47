/*
 * A stack's top begins at -1, and the first push forgets to count it up.
 *
 * Expected: heap-underflow
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-4
 * Says: a write of 4 bytes
 */
#include <FreeRTOS.h>

struct stack {
    int top;
    int32_t values[15];
};

static int32_t *base;

static void push(int *top, int32_t value)
{
    base[*top] = value; /* MISTAKE */
    ++*top;
}

int main(void)
{
    int top = -1;
    void *other = pvPortMalloc(400);

    base = pvPortMalloc(15 * sizeof *base); /* TAKEN */
    push(&top, 5);
    vPortFree(base);
    vPortFree(other);
    return 0;
}
