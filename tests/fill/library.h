/* Stands for a library that comes without source: compiled with no instrumentation at all. */
#ifndef HEAPSIM_TESTS_FILL_LIBRARY_H
#define HEAPSIM_TESTS_FILL_LIBRARY_H

/* Writes `count` bytes from at + offset on. */
void library_write(char *at, int offset, int count);
int library_read(const char *at, int offset);

#endif
