/*
 * What was shared by two owners is freed by each.
 *
 * Expected: double-free by task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-first-fit
 * Run: --heap oneos-buddy
 * Run: --heap oneos-small-lite
 * Run: --heap oneos-small
 */
#include <os_memory.h>

struct end {
    char *buffer;
};

static void close_reader(struct end *end)
{
    os_free(end->buffer); /* FREED */
}

static void close_writer(struct end *end)
{
    os_free(end->buffer); /* MISTAKE */
}

int main(void)
{
    struct end reader, writer;

    reader.buffer = writer.buffer = os_malloc(120); /* TAKEN */
    writer.buffer[0] = 'a';
    close_reader(&reader);
    close_writer(&writer);
    return 0;
}
