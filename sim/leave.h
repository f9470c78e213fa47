/* The end of the process, from wherever it is. */
#ifndef HEAPSIM_LEAVE_H
#define HEAPSIM_LEAVE_H

#include <unistd.h>

#include "report_json.h"

#ifdef HEAPSIM_COVERAGE
void __gcov_dump(void);
#endif

/* _exit: tasks still hold stacks and locks, so no destructors run. */
_Noreturn static inline void leave_process(int code)
{
    json_end(code, 0);
#ifdef HEAPSIM_COVERAGE
    __gcov_dump();
#endif
    _exit(code);
}

#endif
