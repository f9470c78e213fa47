/* What the processor says of a fault, by architecture. */
#ifndef HEAPSIM_FAULT_CONTEXT_H
#define HEAPSIM_FAULT_CONTEXT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

enum fault_access { FAULT_READ, FAULT_WRITE, FAULT_JUMP, FAULT_ACCESSES };

struct fault {
    uintptr_t address;
    bool has_address; /* not if it is none at all, or not aligned for its instruction */
    enum fault_access access;
    uintptr_t pc, sp, frame;
    uintptr_t link; /* where a function that was just called returns to, if it is in a register */
};

#if defined(__x86_64__) || defined(__i386__)
#if defined(__x86_64__)
#define FAULT_PC    REG_RIP
#define FAULT_SP    REG_RSP
#define FAULT_FRAME REG_RBP
#else
#define FAULT_PC    REG_EIP
#define FAULT_SP    REG_ESP
#define FAULT_FRAME REG_EBP
#endif

static inline void fault_read_registers(struct fault *fault, const ucontext_t *context)
{
    enum { IS_WRITE = 1 << 1, IS_FETCH = 1 << 4, PAGE_FAULT = 14 };
    const greg_t *const registers = context->uc_mcontext.gregs;

    fault->pc = (uintptr_t)registers[FAULT_PC];
    fault->sp = (uintptr_t)registers[FAULT_SP];
    fault->frame = (uintptr_t)registers[FAULT_FRAME];
    if (registers[REG_TRAPNO] != PAGE_FAULT)
        fault->has_address = false;
    else if ((registers[REG_ERR] & IS_FETCH) != 0)
        fault->access = FAULT_JUMP;
    else if ((registers[REG_ERR] & IS_WRITE) != 0)
        fault->access = FAULT_WRITE;
}
#elif defined(__aarch64__)
static inline void fault_read_registers(struct fault *fault, const ucontext_t *context)
{
    enum { ESR_MAGIC = 0x45535201, DATA_ABORT = 0x24, WRITES = 1 << 6, RECORDS = 64 };
    struct record {
        uint32_t magic, size;
        uint64_t esr;
    } record;
    const unsigned char *at = (const unsigned char *)context->uc_mcontext.__reserved;

    fault->pc = (uintptr_t)context->uc_mcontext.pc;
    fault->sp = (uintptr_t)context->uc_mcontext.sp;
    fault->frame = (uintptr_t)context->uc_mcontext.regs[29];
    fault->link = (uintptr_t)context->uc_mcontext.regs[30];
    for (unsigned i = 0; i < RECORDS; i++) {
        __builtin_memcpy(&record, at, sizeof record);
        if (record.magic == ESR_MAGIC && (record.esr >> 26 | 1) == (DATA_ABORT | 1) &&
            (record.esr & WRITES) != 0)
            fault->access = FAULT_WRITE;
        if (record.magic == ESR_MAGIC || record.magic == 0 || record.size == 0)
            break;
        at += record.size;
    }
}
#else
static inline void fault_read_registers(struct fault *fault, const ucontext_t *context)
{
    (void)fault;
    (void)context;
}
#endif

static inline struct fault fault_read(const siginfo_t *info, const void *context)
{
    struct fault fault = {.address = (uintptr_t)info->si_addr,
                          .has_address = info->si_code > 0 && info->si_code != SI_KERNEL,
                          .access = FAULT_READ};

    fault_read_registers(&fault, context);
    if (fault.has_address && fault.pc != 0 ? fault.address == fault.pc : fault.pc == 0)
        fault.access = FAULT_JUMP;
    return fault;
}

#endif
