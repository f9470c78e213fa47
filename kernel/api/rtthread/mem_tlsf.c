/*
 * What RT-Thread's package of TLSF adds to the system heap's calls: regions at run time. The
 * package knows each by a node of a list, which it allocates from the heap.
 */
#include "internal.h"

#include "../../heap/allocators.h"
#include "../../heap/tlsf.h"

/* The system heap, locked; NULL after a diagnosis. */
static struct heap *enter_tlsf(struct heap_call call, bool *masked)
{
    if (kernel.system_heap_live && kernel.system_heap.ops != &heap_tlsf) {
        api_misuse(call, DIAGNOSIS_UNSUPPORTED, NULL, 0,
                   "only TLSF as system heap takes regions at run time (--heap tlsf)");
        return NULL;
    }
    return rt_enter_heap(call, masked);
}

void *rt_system_heap_add(void *begin, void *end)
{
    const struct heap_call call = RT_CALL(rt_system_heap_add);
    const size_t size = end > begin ? (size_t)((char *)end - (char *)begin) : 0;
    const struct heap_region region = {api_address(begin), (tsize_t)size, 0};
    const char *refusal = NULL;
    taddr_t node = 0;
    struct heap *h;
    bool masked;

    if (!target_reaches(begin, size)) {
        refusal = port_memory_refusal(begin, size);
    } else if ((h = enter_tlsf(call, &masked)) != NULL) {
        refusal = heap_add_region(h, &region, call);
        node = refusal == NULL ? tlsf_newest_node(h) : 0;
        rt_leave_heap(masked);
    }
    if (refusal != NULL)
        api_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, refusal);
    return target_pointer(node);
}

void rt_system_heap_remove(void *node)
{
    const struct heap_call call = RT_CALL(rt_system_heap_remove);
    struct heap *h;
    bool masked;

    if (!api_is_on_board(node, call) || (h = enter_tlsf(call, &masked)) == NULL)
        return;
    const taddr_t begin = tlsf_region_of_node(h, api_address(node));
    const char *const refusal = begin != 0 ? heap_remove_region(h, begin, call)
                                           : "it is no node that rt_system_heap_add returned";
    rt_leave_heap(masked);
    if (refusal != NULL)
        api_misuse(call, DIAGNOSIS_OBJECT, node, 0, refusal);
}
