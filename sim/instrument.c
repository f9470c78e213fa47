/*
 * What instrumented application code calls (heapsim_add_scenario): every memory access and every
 * edge of the control flow is a point. The compilers' -fsanitize=thread calls these __tsan_*
 * functions; the real runtime is not linked, so the atomic ones must also do the operation.
 *
 * A point comes before its access: between the load and the store of `counter++` a task can lose
 * its core, as on a board.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "instrument.h"
#include "leaks.h"
#include "sanitizers.h"
#include "stack_use.h"

#define HOOK __attribute__((noinline)) void

#define SIM_ATOMIC(kind, address, reads, writes)                                                   \
    do {                                                                                           \
        sim_point(kind, (const void *)(address));                                                  \
        access_look(address, sizeof *(address), writes, __builtin_return_address(0),               \
                    __builtin_frame_address(0));                                                   \
        if (__builtin_expect(races_on, false))                                                     \
            races_atomic(address, sizeof *(address), reads, writes, __builtin_return_address(0));  \
    } while (0)

/* --- edges --- */

HOOK __sanitizer_cov_trace_pc(void);
HOOK __sanitizer_cov_trace_pc(void)
{
    stack_use_look(__builtin_frame_address(0), __builtin_return_address(0));
    sim_point(POINT_EDGE, NULL);
    if (__builtin_expect(races_on, false))
        races_edge();
}

HOOK __sanitizer_cov_trace_pc_guard(uint32_t *guard);
HOOK __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
    (void)guard;
    stack_use_look(__builtin_frame_address(0), __builtin_return_address(0));
    sim_point(POINT_EDGE, NULL);
    if (__builtin_expect(leaks_scrubs > 0, false)) /* these builds tell of no function's end */
        leaks_scrub();
}

HOOK __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
HOOK __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
    (void)start;
    (void)stop;
}

/* --- loads and stores, by clang's coverage (AddressSanitizer builds) --- */

#define COVERAGE_ACCESS(size)                                                                      \
    HOOK __sanitizer_cov_load##size(const void *address);                                          \
    HOOK __sanitizer_cov_load##size(const void *address)                                           \
    {                                                                                              \
        SIM_ACCESS(POINT_READ, address, size, ACCESS_READ);                                        \
    }                                                                                              \
    HOOK __sanitizer_cov_store##size(const void *address);                                         \
    HOOK __sanitizer_cov_store##size(const void *address)                                          \
    {                                                                                              \
        SIM_ACCESS(POINT_WRITE, address, size, ACCESS_WRITE);                                      \
    }
COVERAGE_ACCESS(1)
COVERAGE_ACCESS(2)
COVERAGE_ACCESS(4)
COVERAGE_ACCESS(8)
COVERAGE_ACCESS(16)

/* --- loads and stores, by -fsanitize=thread; in a ThreadSanitizer build they are the runtime's ---
 */
#if !WITH_TSAN

HOOK __tsan_init(void);
HOOK __tsan_init(void)
{
}

HOOK __tsan_func_entry(void *caller);
HOOK __tsan_func_entry(void *caller)
{
    if (__builtin_expect(races_on, false))
        races_call(caller);
}

HOOK __tsan_func_exit(void);
HOOK __tsan_func_exit(void)
{
    if (__builtin_expect(races_on, false))
        races_return();
    if (__builtin_expect(leaks_scrubs > 0, false))
        leaks_scrub();
}

#define ACCESS(name, kind, size, how)                                                              \
    HOOK __tsan_##name(void *address);                                                             \
    HOOK __tsan_##name(void *address)                                                              \
    {                                                                                              \
        SIM_ACCESS(kind, address, size, how);                                                      \
    }
/* Wider than a word, or not aligned, a volatile access comes in pieces like any other. */
#define HOW_VOLATILE(size) ((size) <= sizeof(void *) ? ACCESS_VOLATILE : 0)
#define ACCESS_SIZE(size)                                                                          \
    ACCESS(read##size, POINT_READ, size, ACCESS_READ)                                              \
    ACCESS(write##size, POINT_WRITE, size, ACCESS_WRITE)                                           \
    ACCESS(volatile_read##size, POINT_READ, size, ACCESS_READ | HOW_VOLATILE(size))                \
    ACCESS(volatile_write##size, POINT_WRITE, size, ACCESS_WRITE | HOW_VOLATILE(size))             \
    ACCESS(read_write##size, POINT_WRITE, size, ACCESS_WRITE)
#define ACCESS_UNALIGNED(size)                                                                     \
    ACCESS(unaligned_read##size, POINT_READ, size, ACCESS_READ)                                    \
    ACCESS(unaligned_write##size, POINT_WRITE, size, ACCESS_WRITE)                                 \
    ACCESS(unaligned_volatile_read##size, POINT_READ, size, ACCESS_READ)                           \
    ACCESS(unaligned_volatile_write##size, POINT_WRITE, size, ACCESS_WRITE)                        \
    ACCESS(unaligned_read_write##size, POINT_WRITE, size, ACCESS_WRITE)
ACCESS_SIZE(1)
ACCESS_SIZE(2)
ACCESS_SIZE(4)
ACCESS_SIZE(8)
ACCESS_SIZE(16)
ACCESS_UNALIGNED(2)
ACCESS_UNALIGNED(4)
ACCESS_UNALIGNED(8)
ACCESS_UNALIGNED(16)

#define RANGE(name, kind, how)                                                                     \
    HOOK __tsan_##name(void *address, unsigned long size);                                         \
    HOOK __tsan_##name(void *address, unsigned long size)                                          \
    {                                                                                              \
        SIM_ACCESS(kind, address, size, how);                                                      \
    }
RANGE(read_range, POINT_READ, ACCESS_READ)
RANGE(write_range, POINT_WRITE, ACCESS_WRITE)

ACCESS(vptr_read, POINT_READ, sizeof(void *), ACCESS_READ)
HOOK __tsan_vptr_update(void **pointer, void *value);
HOOK __tsan_vptr_update(void **pointer, void *value)
{
    (void)value;
    SIM_ACCESS(POINT_WRITE, (const void *)pointer, sizeof *pointer, ACCESS_WRITE);
}

/* heapsim_memory.h sends the application's calls of memcpy and its kin here, and its own
 * definitions in their place. */
__attribute__((weak)) void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size)
{
    SIM_ACCESS(POINT_READ, from, size, ACCESS_READ);
    SIM_ACCESS(POINT_WRITE, to, size, ACCESS_WRITE);
    return memcpy(to, from, size);
}

__attribute__((weak)) void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size)
{
    SIM_ACCESS(POINT_READ, from, size, ACCESS_READ);
    SIM_ACCESS(POINT_WRITE, to, size, ACCESS_WRITE);
    return memmove(to, from, size);
}

__attribute__((weak)) void *__tsan_memset(void *to, int value, size_t size);
void *__tsan_memset(void *to, int value, size_t size)
{
    SIM_ACCESS(POINT_WRITE, to, size, ACCESS_WRITE);
    return memset(to, value, size);
}

/* --- atomics: one point, then the operation, with the strongest order --- */

#define ATOMIC_FETCH(bits, type, name)                                                             \
    type __tsan_atomic##bits##_fetch_##name(volatile type *at, type value, int order);             \
    type __tsan_atomic##bits##_fetch_##name(volatile type *at, type value, int order)              \
    {                                                                                              \
        (void)order;                                                                               \
        SIM_ATOMIC(POINT_WRITE, at, true, true);                                                   \
        return __atomic_fetch_##name(at, value, __ATOMIC_SEQ_CST);                                 \
    }

#define ATOMIC_COMPARE(bits, type, name, weak)                                                     \
    int __tsan_atomic##bits##_compare_exchange_##name(volatile type *at, type *expected,           \
                                                      type value, int success, int failure);       \
    int __tsan_atomic##bits##_compare_exchange_##name(volatile type *at, type *expected,           \
                                                      type value, int success, int failure)        \
    {                                                                                              \
        (void)success;                                                                             \
        (void)failure;                                                                             \
        SIM_ATOMIC(POINT_WRITE, at, true, true);                                                   \
        return __atomic_compare_exchange_n(at, expected, value, weak, __ATOMIC_SEQ_CST,            \
                                           __ATOMIC_SEQ_CST);                                      \
    }

#define ATOMIC(bits, type)                                                                         \
    type __tsan_atomic##bits##_load(const volatile type *at, int order);                           \
    type __tsan_atomic##bits##_load(const volatile type *at, int order)                            \
    {                                                                                              \
        (void)order;                                                                               \
        SIM_ATOMIC(POINT_READ, at, true, false);                                                   \
        return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                              \
    }                                                                                              \
    void __tsan_atomic##bits##_store(volatile type *at, type value, int order);                    \
    void __tsan_atomic##bits##_store(volatile type *at, type value, int order)                     \
    {                                                                                              \
        (void)order;                                                                               \
        SIM_ATOMIC(POINT_WRITE, at, false, true);                                                  \
        __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                             \
    }                                                                                              \
    type __tsan_atomic##bits##_exchange(volatile type *at, type value, int order);                 \
    type __tsan_atomic##bits##_exchange(volatile type *at, type value, int order)                  \
    {                                                                                              \
        (void)order;                                                                               \
        SIM_ATOMIC(POINT_WRITE, at, true, true);                                                   \
        return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                                   \
    }                                                                                              \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected, type value,  \
                                                    int success, int failure);                     \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected, type value,  \
                                                    int success, int failure)                      \
    {                                                                                              \
        (void)success;                                                                             \
        (void)failure;                                                                             \
        SIM_ATOMIC(POINT_WRITE, at, true, true);                                                   \
        __atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
        return expected;                                                                           \
    }                                                                                              \
    ATOMIC_FETCH(bits, type, add)                                                                  \
    ATOMIC_FETCH(bits, type, sub)                                                                  \
    ATOMIC_FETCH(bits, type, and)                                                                  \
    ATOMIC_FETCH(bits, type, or)                                                                   \
    ATOMIC_FETCH(bits, type, xor)                                                                  \
    ATOMIC_FETCH(bits, type, nand)                                                                 \
    ATOMIC_COMPARE(bits, type, strong, 0)                                                          \
    ATOMIC_COMPARE(bits, type, weak, 1)

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
#if UINTPTR_MAX > UINT32_MAX /* a 32-bit target has no atomics wider than its words */
ATOMIC(64, uint64_t)
#endif

HOOK __tsan_atomic_thread_fence(int order);
HOOK __tsan_atomic_thread_fence(int order)
{
    (void)order;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

HOOK __tsan_atomic_signal_fence(int order);
HOOK __tsan_atomic_signal_fence(int order)
{
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
#endif
