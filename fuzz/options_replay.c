/* replay/main.c, up to where it would open a file. */
#include "fuzz_options.h"

#define main options_replay_main
int options_replay_main(int argc, char **argv);
#include "../replay/main.c"

void options_of_replay(int argc, char **argv)
{
    static struct choice choice;

    memset(&choice, 0, sizeof choice);
    sim_parse(&argp, argc, argv, &choice);
}
