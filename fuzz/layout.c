#include "layout.h"

enum { SHIFT_MOST = 63, POOL_MOST = 0x2000 };

/* --- options --- */

static tsize_t choose_number(const struct heap_option *option, uint32_t byte)
{
    const tsize_t range = option->most - option->least;

    if (byte >= 0xf0)
        return option->most - (range < 0xff - byte ? 0 : 0xff - byte);
    if (range < 0xff)
        return option->least + byte % (range + 1);
    return option->least + (byte < 0x80 ? byte : byte * byte % range);
}

/* Standard for half of all bytes. */
static tsize_t choose_option(const struct heap_option *option, uint32_t byte)
{
    uint32_t count = 0;

    if (byte < 0x80)
        return option->standard;
    byte = (byte & 0x7f) << 1;
    switch (option->kind) {
    case HEAP_OPTION_NUMBER:
        return choose_number(option, byte);
    case HEAP_OPTION_POWER:
        while (count < 31 && option->least << count < option->most)
            count++;
        return option->least << (byte >> 1) % (count + 1);
    case HEAP_OPTION_FLAG:
        return byte >> 1 & 1;
    case HEAP_OPTION_WORD:
        while (option->words[count] != NULL)
            count++;
        return (byte >> 1) % count;
    case HEAP_OPTION_VERSION:
        return option->least + (option->most - option->least) / 0xfe * byte;
    }
    return option->standard;
}

void layout_options(struct heap_config *config, const struct heap_ops *ops, const uint32_t *header)
{
    const struct heap_option *const options = ops->options;

    heap_config_standard(config, ops);
    for (unsigned i = 0; options[i].key != NULL; i++)
        config->option[i] = choose_option(&options[i], header[LAYOUT_OPTIONS + i]);
}

/* --- regions --- */

unsigned layout_regions(const struct heap_ops *ops, const uint32_t *header)
{
    return ops->capabilities & HEAP_HAS_REGIONS ? 1 + (header[LAYOUT_ORDER] & 3) : 1;
}

unsigned layout_place(const uint32_t *header, unsigned index, unsigned count)
{
    return header[LAYOUT_ORDER] & 4 ? count - 1 - index : index; /* downwards too */
}

struct heap_region layout_region(const struct heap_ops *ops, taddr_t base, const uint32_t *numbers)
{
    const uint32_t shift = numbers[0];
    struct heap_region region = {.begin = base + (shift & SHIFT_MOST),
                                 .size = numbers[1] << (shift >> 7) * 2};
    unsigned algorithms = 0;

    if (ops->capabilities & HEAP_FIXED_BLOCKS)
        region.size %= POOL_MOST; /* else they are mostly walks over tens of thousands of blocks */
    while (ops->algorithms != NULL && ops->algorithms[algorithms] != NULL)
        algorithms++;
    region.algorithm = algorithms > 1 ? numbers[2] % algorithms : 0;
    return region;
}
