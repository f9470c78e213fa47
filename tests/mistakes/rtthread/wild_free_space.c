/*
 * A pointer that was calculated from an address in a table: there is no block, only free space.
 *
 * Expected: wild-access by task 'main'
 * Run: --region ram=0x20000000:256K --heap rt-small-mem
 * Run: --region ram=0x20000000:256K --heap tlsf
 */
#include <rtthread.h>

static const rt_uint32_t places[] = {0x20010000, 0x20020000};

int main(void)
{
    volatile rt_uint32_t *word = (rt_uint32_t *)(rt_ubase_t)places[1];

    *word = 0; /* MISTAKE */
    return 0;
}
