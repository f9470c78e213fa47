/*
 * Descriptors that are aligned, and as many as there are channels.
 *
 * Expected: nothing
 * Run: --leaks --heap oneos-mixed
 * Run: --leaks --heap oneos-buddy
 * Run: --leaks --heap oneos-first-fit-v201
 */
#include <os_memory.h>
#include <string.h>

struct descriptor {
    os_uint32_t source, target, count, next;
};

int main(void)
{
    static const os_size_t aligns[] = {4, 8, 16, 32, 64, 256};
    struct descriptor *lists[6];
    os_size_t i;

    for (i = 0; i < 6; i++) {
        lists[i] = os_aligned_malloc(aligns[i], (i + 1) * sizeof *lists[i]);
        memset(lists[i], 0xff, (i + 1) * sizeof *lists[i]);
        lists[i][i].next = 0;
    }
    for (i = 0; i < 6; i++)
        os_free(lists[i]);
    return 0;
}
