/*
 * Assertions about heapsim itself, in three tiers. (What the application does wrong is a diagnosis,
 * never an assertion: see diagnosis.h.)
 */
#ifndef HEAPSIM_ASSERT_H
#define HEAPSIM_ASSERT_H

#include "port.h"

/* Always on: cheap, and what follows would do harm. */
#define KERNEL_ASSERT(condition)                                                                   \
    ((condition) ? (void)0 : port_panic(__FILE__, __LINE__, #condition))

/* In debug and sanitizer builds: on hot paths. */
#ifdef HEAPSIM_DEBUG
#define KERNEL_ASSERT_DEBUG(condition) KERNEL_ASSERT(condition)
#else
#define KERNEL_ASSERT_DEBUG(condition) ((void)sizeof(condition))
#endif

#endif
