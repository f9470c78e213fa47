#include "frames.h"

#include "../kernel/kernel.h"
#include "carrier_pool.h"
#include "sanitizers.h"

extern void *__libc_stack_end; /* where the first thread's stack begins */

/* Beyond it no frame is the caller's: the end of its stack, or what its ISR interrupted. */
static uintptr_t outermost(const void *frame)
{
    const struct carrier *const carrier = carrier_self;
    const struct core *const core = kernel_core();
    uintptr_t end = (uintptr_t)__libc_stack_end;

    if (carrier != NULL && (uintptr_t)frame - (uintptr_t)carrier->stack < carrier->stack_size)
        end = (uintptr_t)carrier->stack + carrier->stack_size;
    if (core->interrupts > 0 && (uintptr_t)core->isr_frame < end)
        end = (uintptr_t)core->isr_frame;
    return end;
}

/* What another function left in the register is no frame: only what lies further out may be one. */
__attribute__((no_sanitize("address", "thread", "undefined"))) void
frames_walk(const void *frame, const void *site, uint32_t *frames, unsigned room)
{
    const uintptr_t end = outermost(frame);
    uintptr_t at = frame != NULL ? (uintptr_t)frame : end;
    unsigned count = 0;

    if (site != NULL)
        frames[count++] = (uint32_t)(uintptr_t)site;
    for (bool first = true; at + 2 * sizeof(uintptr_t) <= end && count < room; first = false) {
        const uintptr_t *const link = (const uintptr_t *)at;

        if (frames_in_program(link[1]) && !(first && link[1] == (uintptr_t)site))
            frames[count++] = (uint32_t)link[1];
        if (link[0] <= at || link[0] % sizeof(uintptr_t) != 0)
            break;
        at = link[0];
    }
    while (count < room)
        frames[count++] = 0;
}
