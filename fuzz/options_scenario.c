/* sim/main.c up to where it would run: its settings are its own, so they begin anew in here. */
#include "fuzz_options.h"

#define __wrap_main options_main
#define __wrap_exit options_exit
#define __real_main options_application
int options_main(int argc, char **argv);
_Noreturn void options_exit(int status);
#include "../sim/main.c"

const struct sim_argument sim_arguments[] = {
    {"rounds", "1..64", "8", "how many"},
    {"mode", "fast|slow", "fast", "how"},
    {.name = NULL},
};

int options_application(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static const struct settings first_settings = {.engine = {.cores = 1, .seed = 1},
                                               .explore = {.strategy = STANDARD_STRATEGY},
                                               .rtthread = HEAP_VERSION(5, 2, 0)};

void options_of_scenario(int argc, char **argv)
{
    settings = first_settings;
    kernel.heap_lock = HEAP_LOCK_MUTEX;
    engine_choose("virtual");
    carrier_choose("pthread");
    uart_choose_script(NULL);
    uart_choose_record(NULL);
    parse_arguments(argc, argv);
    refuse_combinations();
    set_up_heap();
    set_up_ram();
}
