/* What port.h calls the C library's heap, as a whole. */
#ifndef HEAPSIM_LIBC_HEAP_H
#define HEAPSIM_LIBC_HEAP_H

/* Back to the state before its first use: all blocks are gone. No heap may still be using them. */
void libc_heap_clear(void);

#endif
