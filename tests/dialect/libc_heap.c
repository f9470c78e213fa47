/*
 * LIBC_HEAP: the application's own malloc and its kin take from the RTOS's heap, by whatever way
 * they are called; what the C library allocates for itself does not. NULL comes through.
 */
#define _GNU_SOURCE /* an application may say so, whatever the build puts before its first line */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Members may be called as the functions are. */
struct allocator {
    void *(*malloc)(size_t size);
    void (*free)(void *block);
};

static tsize_t used(void)
{
    return check_stats(&kernel.system_heap).used;
}

/* heap_3 asks the C library of the board, whose heap lies elsewhere. */
static bool is_of_system_heap(const void *block)
{
    return (uintptr_t)block <= UINT32_MAX &&
           heap_contains(&kernel.system_heap, (taddr_t)(uintptr_t)block, 1);
}

static bool has(unsigned capability)
{
    return (kernel.system_heap.ops->capabilities & capability) != 0;
}

static bool can_resize(void)
{
#if DIALECT_freertos
    return has(HEAP_CAN_FREE); /* what FreeRTOS lacks is made of malloc and free */
#else
    return has(HEAP_CAN_REALLOC);
#endif
}

static void plain_calls(void)
{
    char *block = malloc(100), *zeroed = calloc(10, 10);
    unsigned i;

    CHECK(is_of_system_heap(block) && is_of_system_heap(zeroed));
    for (i = 0; i < 100; i++)
        CHECK(zeroed[i] == 0);
    memset(block, 'x', 100);
    if (can_resize()) {
        block = realloc(block, 3000);
        CHECK(is_of_system_heap(block) && block[99] == 'x');
        CHECK(realloc(block, 0) == NULL);
        block = realloc(NULL, 50);
        CHECK(is_of_system_heap(block));
    }
    if (has(HEAP_CAN_FREE)) {
        free(block);
        free(zeroed);
    }
    free(NULL);
}

static void by_pointer(void)
{
    const struct allocator allocator = {malloc, free};
    void *const block = allocator.malloc(24);

    CHECK(is_of_system_heap(block));
    if (has(HEAP_CAN_FREE))
        allocator.free(block);
}

static void strings(void)
{
    char *const copy = strdup("telemetry"), *const part = strndup("telemetry", 4);

    CHECK(is_of_system_heap(copy) && strcmp(copy, "telemetry") == 0);
    CHECK(is_of_system_heap(part) && strcmp(part, "tele") == 0);
    if (has(HEAP_CAN_FREE)) {
        free(copy);
        free(part);
    }
}

static void aligned(void)
{
    const bool any = has(HEAP_CAN_ALIGN) && !has(HEAP_ALIGNED_APART);
    void *block = aligned_alloc(4, 20), *wide;

    CHECK(is_of_system_heap(block));
    if (has(HEAP_CAN_FREE))
        free(block);
    check_look();
    wide = memalign(256, 20);
    CHECK((wide != NULL) == any);
    CHECK(check_diagnosed(DIAGNOSIS_UNSUPPORTED, !any));
    if (wide != NULL) {
        CHECK((uintptr_t)wide % 256 == 0);
        free(wide);
    }
    block = &wide;
    CHECK(posix_memalign(&block, 3, 20) != 0 && block == &wide);
    check_look();
}

/* The stream's buffer and what printf needs are the host's. */
static void the_library_itself(void)
{
    const tsize_t before = used();
    FILE *const stream = tmpfile();
    char *line = NULL;
    size_t size = 0;

    CHECK(stream != NULL);
    fprintf(stream, "%2000d %f\n", 7, 0.1);
    rewind(stream);
    CHECK(getline(&line, &size, stream) > 2000);
    CHECK(!is_of_system_heap(line));
    fclose(stream);
    CHECK(used() == before);
}

static void null_comes_through(void)
{
    volatile size_t half = 1u << 31; /* unknown to the compiler */

    CHECK(malloc(64 << 20) == NULL);
    CHECK(calloc(1 << 14, 1 << 14) == NULL);
    check_look();
    CHECK(calloc(half, 4) == NULL);
    CHECK(check_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1));
    CHECK(strcmp(diagnose_last()->call, "calloc") == 0);
}

int main(void)
{
    const tsize_t before = used();

    if (has(HEAP_CAN_FREE))
        free(malloc(1)); /* heap_4 is laid out now */
    plain_calls();
    by_pointer();
    strings();
    aligned();
    the_library_itself();
    null_comes_through();
    CHECK(!has(HEAP_CAN_FREE) || used() == before || before == 0);
    CHECK(check_whole(&kernel.system_heap));
    return check_failures != 0;
}
