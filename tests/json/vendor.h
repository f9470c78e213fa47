/* A library that came as it is: not instrumented. */
#ifndef VENDOR_H
#define VENDOR_H

void vendor_fill(char *to, char with, unsigned count);

/* Computes for that many seconds of the host's time. */
void vendor_compute(unsigned seconds);

#endif
