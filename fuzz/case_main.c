/* A file of fuzz/cases as a program. */
#include "case.h"

#include <stdio.h>

#include "target.h"

int main(int argc, char **argv)
{
    LLVMFuzzerInitialize(&argc, &argv);
    case_run();
    printf("passed, %llu operations\n", (unsigned long long)fuzz_operations);
    return 0;
}

void case_text(const char *text, unsigned size)
{
    LLVMFuzzerTestOneInput((const uint8_t *)text, size);
}
