/*
 * A file's position is asked for after it was closed.
 *
 * Expected: use-after-free by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-buddy
 * Run: --heap oneos-small-lite
 * Run: --heap oneos-small
 * Says: a read of 4 bytes
 */
#include <os_memory.h>

struct file {
    int handle;
    struct {
        int position, size;
    } state;
};

static struct file *open_file(int handle)
{
    struct file *file = os_calloc(1, sizeof *file); /* TAKEN */

    file->handle = handle;
    return file;
}

static void close_file(struct file *file)
{
    os_free(file); /* FREED */
}

static int tell(const struct file *file)
{
    return file->state.position; /* MISTAKE */
}

int main(void)
{
    struct file *file = open_file(1);

    close_file(file);
    return tell(file);
}
