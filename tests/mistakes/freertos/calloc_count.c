/*
 * The count of entries comes from a file whose header is broken.
 *
 * Expected: size-overflow
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-4
 * Run: --heap tlsf
 */
#include <FreeRTOS.h>

struct entry {
    uint32_t words[4];
};

struct file {
    uint32_t magic, count;
};

static const struct file file = {0x4b4f4f42, 0x10000001};

static struct entry *load(const struct file *from)
{
    return pvPortCalloc(from->count, sizeof(struct entry)); /* MISTAKE */
}

int main(void)
{
    struct entry *entries = load(&file);

    return entries != NULL ? 1 : 0;
}
