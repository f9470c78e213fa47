/* The entry point of targets whose inputs are programs. */
#include "language.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct program program;

    program_read(&program, data, size);
    program_run(&program);
    return 0;
}
