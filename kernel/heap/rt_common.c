#include "rt_common.h"

static const char size_wraps[] = "the size wraps at 32 bits, so the block would be too small";

tsize_t rt_object_size(tsize_t name_max)
{
    return align_up(name_max + 2, 4) + 8;
}

/* The object header at `at`, as its bytes. */
static void object_bytes(unsigned char *bytes, taddr_t at, tsize_t name_max, const char *name,
                         uint32_t type)
{
    const taddr_t list = at + rt_object_size(name_max) - 8;

    memset(bytes, 0, list - at);
    for (tsize_t i = 0; i < name_max && name[i] != '\0'; i++)
        bytes[i] = (unsigned char)name[i];
    bytes[name_max] = (unsigned char)type;
    memcpy(bytes + (list - at), &list, sizeof list);
    memcpy(bytes + (list - at) + 4, &list, sizeof list);
}

void rt_object_write(taddr_t at, tsize_t name_max, const char *name, uint32_t type)
{
    object_bytes(target_pointer(at), at, name_max, name, type);
}

bool rt_object_check(taddr_t at, tsize_t name_max, const char *name, uint32_t type,
                     struct heap_fault *fault)
{
    unsigned char expected[RT_OBJECT_SIZE_MAX];
    uint32_t word;

    object_bytes(expected, at, name_max, name, type);
    for (tsize_t i = 0; i < rt_object_size(name_max); i += 4) {
        memcpy(&word, expected + i, sizeof word);
        if (load32(at + i) != word)
            return heap_faulty(fault, at + i, load32(at + i), word,
                               "the object header of the control block was overwritten");
    }
    return true;
}

struct heap_region rt_heap_extent(const struct heap *h, tsize_t align, bool front)
{
    struct heap_region region = h->regions[0];

    if (front) {
        const taddr_t end = align_down(region.begin + region.size, align);

        region.begin = align_up(region.begin, align);
        region.size = end > region.begin ? end - region.begin : 0;
    }
    return region;
}

/* A product above the largest multiple of the alignment rounds up to 0, which gets a least block.
 */
taddr_t rt_alloc_cleared(struct heap *h, tsize_t count, tsize_t size)
{
    return heap_alloc_cleared_wrapping(
        h, count, size, align_down(UINT32_MAX, h->config.option[RT_OPTION_ALIGN_INDEX]));
}

taddr_t rt_aligned_above(taddr_t raw, tsize_t align)
{
    return (raw & (align - 1)) == 0 ? raw + align : (raw + align - 1) & ~(align - 1);
}

taddr_t rt_alloc_aligned(struct heap *h, tsize_t size, tsize_t align)
{
    const tsize_t word_align = align_up(align, 4);
    const tsize_t word_size = align_up(size, 4);
    const tsize_t whole = word_size + word_align;

    if (word_align == 0) {
        heap_misuse(h, DIAGNOSIS_BAD_ALIGNMENT, 0, align, "an alignment of 0 has no answer");
        return 0;
    }
    if ((word_size < size || whole < word_size) &&
        !heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, 0, size, size_wraps))
        return 0;

    const taddr_t raw = h->ops->alloc(h, whole);
    if (raw == 0)
        return 0;
    const taddr_t result = rt_aligned_above(raw, word_align);
    if (result - 4 < raw || result - 4 - raw > h->ops->usable_size(h, raw) - 4) {
        heap_misuse(h, DIAGNOSIS_BAD_ALIGNMENT, raw, align,
                    "the word that leads back to the block would lie outside it");
        h->ops->free(h, raw);
        return 0;
    }
    store32(result - 4, raw);
    return result;
}

/* Upstream frees whatever the word before the pointer says, even nothing. */
void rt_free_aligned(struct heap *h, taddr_t block)
{
    if (block == 0)
        return;
    if (!heap_contains(h, block - 4, 4)) {
        heap_bad_pointer(h, block);
        return;
    }
    const taddr_t raw = load32(block - 4);
    if (raw >= block || !heap_contains(h, raw, 1)) {
        heap_misuse(h, DIAGNOSIS_FOREIGN_POINTER, block, 0,
                    "no address of a block stands before it: it came from another call");
        return;
    }
    h->aligned = block;
    h->ops->free(h, raw);
    h->aligned = 0;
}
