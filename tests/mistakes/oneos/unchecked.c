/*
 * A frame is larger than the board's RAM.
 *
 * Expected: null-access by task 'main'
 * Run: --region ram=0x20000000:32K --heap oneos-mixed
 * Run: --region ram=0x20000000:32K --heap oneos-buddy
 * Run: --region ram=0x20000000:32K --heap oneos-small
 * Says: An allocation of 38400 bytes
 */
#include <os_memory.h>

static void clear(os_uint16_t *pixels, int count)
{
    while (count-- > 0)
        *pixels++ = 0; /* MISTAKE */
}

int main(void)
{
    os_uint16_t *frame = os_malloc(160 * 120 * sizeof *frame);

    clear(frame, 160 * 120);
    return 0;
}
