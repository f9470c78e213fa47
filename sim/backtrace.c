#include "backtrace.h"

#include <stdint.h>
#include <stdio.h>
#include <unwind.h>

#include "symbol.h"

struct walk {
    uintptr_t beyond;
    const void **addresses;
    size_t count, room;
};

/* Stacks grow downwards: outer frames lie higher. An ISR runs on the interrupted stack. */
static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument)
{
    struct walk *const walk = argument;

    if (walk->count == walk->room)
        return _URC_END_OF_STACK;
    if (_Unwind_GetCFA(context) > walk->beyond)
        walk->addresses[walk->count++] = (const void *)(uintptr_t)_Unwind_GetIP(context);
    return _URC_NO_REASON;
}

size_t backtrace_capture(const void *frame, const void **addresses, size_t room)
{
    struct walk walk = {(uintptr_t)frame, addresses, 0, room};

    _Unwind_Backtrace(visit, &walk);
    return walk.count;
}

void backtrace_describe(const void *const *addresses, size_t count, char *text, size_t size)
{
    char frame[160];
    size_t used = 0;
    size_t same = 1;

    text[0] = '\0';
    for (size_t i = 0; i < count && used < size; i += same) {
        for (same = 1; i + same < count && addresses[i + same] == addresses[i];)
            same++; /* recursion */
        if (!symbol_of_application(addresses[i]))
            continue;
        symbol_describe(addresses[i], frame, sizeof frame);
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? " < " : "", frame);
        if (same > 1 && used < size)
            used += (size_t)snprintf(text + used, size - used, " %zu times", same);
    }
}
