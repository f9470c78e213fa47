/*
 * The switch between two stacks, for each machine.
 *
 * A stack that waits has a struct switch_frame on top: what the calling convention makes a callee
 * keep (registers, the modes of floating point), and where it goes on. Nothing else is saved: the
 * signal mask is the thread's, which is why this takes nanoseconds and swapcontext() a system call.
 *
 * It returns by an ordinary return, which the CPU predicts: all stacks wait behind one call.
 */
#ifndef HEAPSIM_FIBRE_SWITCH_H
#define HEAPSIM_FIBRE_SWITCH_H

#include <stdint.h>

struct switch_frame;

/* Leaves the caller's frame on its stack, a pointer to it in *from, and goes on with `to`. */
void fibre_switch(struct switch_frame **from, struct switch_frame *to);

#if defined(__x86_64__)

struct switch_frame {
    uint32_t sse_modes;
    uint16_t fpu_modes;
    uint16_t unused;
    uint64_t registers[6]; /* r15, r14, r13, r12, rbx, rbp */
    void (*goes_on)(void);
};

#define SWITCH_FRAME_NEW                                                                           \
    {                                                                                              \
        .sse_modes = 0x1f80, .fpu_modes = 0x37f                                                    \
    }
#define SWITCH_FRAME_ABOVE 8 /* bytes above the first frame: a function finds the stack so */

__asm__(".text\n"
        ".p2align 4\n"
        ".globl fibre_switch\n"
        ".type fibre_switch, @function\n"
        "fibre_switch:\n"
        "  pushq %rbp\n"
        "  pushq %rbx\n"
        "  pushq %r12\n"
        "  pushq %r13\n"
        "  pushq %r14\n"
        "  pushq %r15\n"
        "  subq $8, %rsp\n"
        "  stmxcsr (%rsp)\n"
        "  fnstcw 4(%rsp)\n"
        "  movq %rsp, (%rdi)\n"
        "  movq %rsi, %rsp\n"
        "  ldmxcsr (%rsp)\n"
        "  fldcw 4(%rsp)\n"
        "  addq $8, %rsp\n"
        "  popq %r15\n"
        "  popq %r14\n"
        "  popq %r13\n"
        "  popq %r12\n"
        "  popq %rbx\n"
        "  popq %rbp\n"
        "  ret\n"
        ".size fibre_switch, . - fibre_switch\n");

#elif defined(__i386__)

struct switch_frame {
    uint16_t fpu_modes; /* code for i386 computes without SSE */
    uint16_t unused;
    uint32_t registers[4]; /* edi, esi, ebx, ebp */
    void (*goes_on)(void);
};

#define SWITCH_FRAME_NEW                                                                           \
    {                                                                                              \
        .fpu_modes = 0x37f                                                                         \
    }
#define SWITCH_FRAME_ABOVE 4

__asm__(".text\n"
        ".p2align 4\n"
        ".globl fibre_switch\n"
        ".type fibre_switch, @function\n"
        "fibre_switch:\n"
        "  movl 4(%esp), %eax\n"
        "  movl 8(%esp), %edx\n"
        "  pushl %ebp\n"
        "  pushl %ebx\n"
        "  pushl %esi\n"
        "  pushl %edi\n"
        "  subl $4, %esp\n"
        "  fnstcw (%esp)\n"
        "  movl %esp, (%eax)\n"
        "  movl %edx, %esp\n"
        "  fldcw (%esp)\n"
        "  addl $4, %esp\n"
        "  popl %edi\n"
        "  popl %esi\n"
        "  popl %ebx\n"
        "  popl %ebp\n"
        "  ret\n"
        ".size fibre_switch, . - fibre_switch\n");

#elif defined(__aarch64__)

struct switch_frame {
    uint64_t registers[11]; /* x19 to x29 */
    void (*goes_on)(void);  /* x30 */
    uint64_t vectors[8];    /* the low halves of v8 to v15 */
    uint64_t fpu_modes;
    uint64_t unused;
};

#define SWITCH_FRAME_NEW                                                                           \
    {                                                                                              \
        .fpu_modes = 0                                                                             \
    }
#define SWITCH_FRAME_ABOVE 0

__asm__(".text\n"
        ".p2align 4\n"
        ".globl fibre_switch\n"
        ".type fibre_switch, %function\n"
        "fibre_switch:\n"
        "  sub sp, sp, #176\n"
        "  stp x19, x20, [sp]\n"
        "  stp x21, x22, [sp, #16]\n"
        "  stp x23, x24, [sp, #32]\n"
        "  stp x25, x26, [sp, #48]\n"
        "  stp x27, x28, [sp, #64]\n"
        "  stp x29, x30, [sp, #80]\n"
        "  stp d8, d9, [sp, #96]\n"
        "  stp d10, d11, [sp, #112]\n"
        "  stp d12, d13, [sp, #128]\n"
        "  stp d14, d15, [sp, #144]\n"
        "  mrs x9, fpcr\n"
        "  str x9, [sp, #160]\n"
        "  mov x9, sp\n"
        "  str x9, [x0]\n"
        "  mov sp, x1\n"
        "  ldp x19, x20, [sp]\n"
        "  ldp x21, x22, [sp, #16]\n"
        "  ldp x23, x24, [sp, #32]\n"
        "  ldp x25, x26, [sp, #48]\n"
        "  ldp x27, x28, [sp, #64]\n"
        "  ldp x29, x30, [sp, #80]\n"
        "  ldp d8, d9, [sp, #96]\n"
        "  ldp d10, d11, [sp, #112]\n"
        "  ldp d12, d13, [sp, #128]\n"
        "  ldp d14, d15, [sp, #144]\n"
        "  ldr x9, [sp, #160]\n"
        "  msr fpcr, x9\n"
        "  add sp, sp, #176\n"
        "  ret\n"
        ".size fibre_switch, . - fibre_switch\n");

#else
#error "fibre_switch.h knows x86-64, i386 and aarch64: add this machine's registers"
#endif

_Static_assert((sizeof(struct switch_frame) + SWITCH_FRAME_ABOVE) % sizeof(void *) == 0,
               "the frame ends where the stack of a called function begins");

#endif
