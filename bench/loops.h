/*
 * The loops of one kind of allocator. Included by drive.c once a kind, with SUBJECT defined as the
 * prefix of its calls in adapters.h, RARE as the rest of them, and BLOCK as the type of a block.
 */
#define JOIN_NAMES(a, b) a##_##b
#define JOIN(a, b)       JOIN_NAMES(a, b)

static inline __attribute__((always_inline)) bool JOIN(SUBJECT, operate)(const struct operation *op,
                                                                         uintptr_t *slot)
{
    if (op->kind == OPERATION_ALLOC) {
        *slot = (uintptr_t)JOIN(SUBJECT, alloc)(op->size);
        return *slot != 0;
    }
    if (op->kind == OPERATION_FREE) {
        JOIN(SUBJECT, free)((BLOCK)*slot);
        return true;
    }
    return operate_rarely(&(RARE), op, slot);
}

static __attribute__((noinline)) size_t JOIN(SUBJECT, run)(const struct operation *operations,
                                                           size_t from, size_t to, uintptr_t *slots)
{
    for (size_t i = from; i < to; i++)
        if (!JOIN(SUBJECT, operate)(&operations[i], &slots[operations[i].slot]))
            return i;
    return to;
}

static __attribute__((noinline)) size_t JOIN(SUBJECT, each)(const struct operation *operations,
                                                            size_t from, size_t to,
                                                            uintptr_t *slots,
                                                            const struct costs *costs)
{
    for (size_t i = from; i < to; i++) {
        reset_counters();
        const uint64_t begin = drive_clock();
        const bool done = JOIN(SUBJECT, operate)(&operations[i], &slots[operations[i].slot]);
        const uint64_t end = drive_clock();
        note_costs(costs, i - from, end - begin);
        if (!done)
            return i;
    }
    return to;
}

#undef JOIN
#undef JOIN_NAMES
#undef SUBJECT
#undef RARE
#undef BLOCK
