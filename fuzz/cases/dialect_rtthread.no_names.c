/* A look for a thread without a name, and threads and objects that are made without one: each made
 * heapsim itself fault. */
#include "../case.h"

enum { PARAMETER = 1, NO_NAME = 0xfc };

CASE
{
    BEGIN(0u /* allocator: rt-small-mem */, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0x8000u /* size */,
          0u /* flags */);
    DO("thread_look", 0u, 0u, 0u, 1u /* find NULL */);
    DO("thread_make", 0u, 0u /* static */, PARAMETER, NO_NAME);
    DO("thread_make", 0u, 2u /* created */, PARAMETER, NO_NAME);
    for (unsigned n = 0; n < 32; n++)
        DO("make", 0u, n % 4 /* object */, n / 4 /* kind */, NO_NAME);
    END();
}
