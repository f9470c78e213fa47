/* malloc and its kin on the RTOS's heap (LIBC_HEAP): what they leak is theirs. */
#include <rtthread.h>
#include <stdlib.h>
#include <string.h>

static char *kept;

static __attribute__((noinline)) void leak(void)
{
    char *const text = strdup("a text that nobody keeps");

    text[0] = 'A';
    calloc(3, 20);
}

int main(void)
{
    kept = malloc(30);
    kept = realloc(kept, 60);
    free(malloc(10));
    leak();
    return kept == NULL;
}
