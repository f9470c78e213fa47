/*
 * A whole record is copied out of a block that has only its head.
 *
 * Expected: heap-overflow by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 * Says: a read of
 */
#include <rtthread.h>
#include <string.h>

static char record[64];

int main(void)
{
    char *head = rt_malloc(16); /* TAKEN */

    memset(head, 1, 16);
    memcpy(record, head, sizeof record); /* MISTAKE */
    rt_free(head);
    return record[0] - 1;
}
