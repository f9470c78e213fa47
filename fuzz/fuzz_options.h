/* The command lines that fuzz_options tries. */
#ifndef HEAPSIM_FUZZ_OPTIONS_H
#define HEAPSIM_FUZZ_OPTIONS_H

/* Of a scenario: argv is parsed, what does not go together is refused, its heap is set up. */
void options_of_scenario(int argc, char **argv);

/* Of replay: argv is parsed. */
void options_of_replay(int argc, char **argv);

#endif
