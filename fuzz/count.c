/* A fuzzer tells at its end how many operations its inputs were: what its speed means. */
#include <stdio.h>

#include "target.h"

uint64_t fuzz_operations;

__attribute__((destructor)) static void tell(void)
{
    if (fuzz_operations > 0)
        fprintf(stderr, "stat::operations: %llu\n", (unsigned long long)fuzz_operations);
}
