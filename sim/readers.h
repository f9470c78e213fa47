/* The threads that may be readers (port_read_begin). */
#ifndef HEAPSIM_READERS_H
#define HEAPSIM_READERS_H

/* The calling thread may read from now on. Before its first doorbell. */
void readers_thread_begins(void);

#endif
