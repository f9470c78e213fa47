/* A vendor's library, which comes compiled: nothing in it is instrumented. */
void vendor_fill(unsigned char *buffer, unsigned size);
void vendor_step(unsigned char *state, unsigned at);
