/*
 * The standard name is a static array; it is freed when another comes.
 *
 * Expected: foreign-pointer by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Run: --heap oneos-small
 * Says: standard_name
 */
#include <os_memory.h>

static char standard_name[16] = "device";
static char *name = standard_name;

static void rename_to(char *to)
{
    os_free(name); /* MISTAKE */
    name = to;
}

int main(void)
{
    rename_to(os_malloc(10));
    return 0;
}
