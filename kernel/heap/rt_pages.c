/* Free pages of RT-Thread's slab heap: see rt_pages.h for the principle and the layout. */
#include "rt_pages.h"

enum { RUN_NEXT = 0, RUN_COUNT = 4 };

static taddr_t end_of(taddr_t run, tsize_t count)
{
    return run + (count << RT_PAGE_BITS);
}

static void write_run(taddr_t run, taddr_t next, tsize_t count)
{
    store32(run + RUN_NEXT, next);
    store32(run + RUN_COUNT, count);
}

/* True if [at, at + count pages) are pages of the heap, at least one. */
static bool are_pages(const struct rt_pages *p, taddr_t at, tsize_t count)
{
    const tsize_t page = (at - p->start) >> RT_PAGE_BITS;

    return is_aligned(at, RT_PAGE_SIZE) && page < p->count && count - 1 < p->count - page;
}

bool rt_pages_is_run(const struct rt_pages *p, taddr_t run, taddr_t floor)
{
    return run >= floor && are_pages(p, run, 1) && are_pages(p, run, rt_pages_length(run));
}

static void broken_list(struct heap *h, taddr_t link)
{
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, link, 0,
                "the page list was overwritten there: it leads to no run of free pages");
}

void rt_pages_init(const struct rt_pages *p)
{
    store32(p->head, p->start);
    write_run(p->start, 0, p->count);
}

taddr_t rt_pages_take(struct heap *h, const struct rt_pages *p, tsize_t count)
{
    taddr_t link = p->head;
    taddr_t floor = p->start;

    if (count == 0)
        return 0;
    for (taddr_t run = load32(link); run != 0; run = load32(link)) {
        heap_step(h);
        if (!rt_pages_is_run(p, run, floor)) {
            broken_list(h, link);
            return 0;
        }
        const tsize_t length = rt_pages_length(run);
        if (length >= count) {
            const taddr_t rest = end_of(run, count);

            if (length == count) {
                store32(link, rt_pages_next(run));
            } else {
                write_run(rest, rt_pages_next(run), length - count);
                store32(link, rest);
            }
            return run;
        }
        floor = end_of(run, length) + 1; /* the next one does not touch it */
        link = run + RUN_NEXT;
    }
    return 0;
}

/* The last run at or below `at`, or 0, and what follows it in the list; false if it is broken. */
static bool find_gap(struct heap *h, const struct rt_pages *p, taddr_t at, taddr_t *before,
                     taddr_t *after)
{
    taddr_t link = p->head;
    taddr_t floor = p->start;

    *before = 0;
    for (taddr_t run = load32(link); run != 0; run = load32(link)) {
        heap_step(h);
        if (!rt_pages_is_run(p, run, floor)) {
            broken_list(h, link);
            return false;
        }
        if (run > at)
            break;
        *before = run;
        floor = end_of(run, rt_pages_length(run)) + 1;
        link = run + RUN_NEXT;
    }
    *after = load32(link);
    return true;
}

bool rt_pages_give(struct heap *h, const struct rt_pages *p, taddr_t at, tsize_t count)
{
    taddr_t before;
    taddr_t after;

    if (!find_gap(h, p, at, &before, &after))
        return false;
    const taddr_t before_end = before == 0 ? 0 : end_of(before, rt_pages_length(before));
    if (!are_pages(p, at, count) || before_end > at || (after != 0 && end_of(at, count) > after)) {
        heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, at, count,
                    "pages that are not in use would become free: what tells where they lie was "
                    "overwritten");
        return false;
    }
    if (end_of(at, count) == after) {
        count += rt_pages_length(after);
        after = rt_pages_next(after);
    }
    if (before_end == at) {
        write_run(before, after, rt_pages_length(before) + count);
    } else {
        write_run(at, after, count);
        store32(before == 0 ? p->head : before + RUN_NEXT, at);
    }
    return true;
}

bool rt_pages_check(const struct rt_pages *p, struct heap_fault *fault)
{
    taddr_t link = p->head;
    taddr_t floor = p->start;

    for (taddr_t run = load32(link); run != 0; run = load32(link)) {
        if (run < floor || !are_pages(p, run, 1))
            return heap_faulty(fault, link, run, floor,
                               "the page list leads to no page above the run before");
        if (!are_pages(p, run, rt_pages_length(run)))
            return heap_faulty(fault, run + RUN_COUNT, rt_pages_length(run), p->count,
                               "a run of free pages ends behind the heap");
        floor = end_of(run, rt_pages_length(run)) + 1;
        link = run + RUN_NEXT;
    }
    return true;
}
