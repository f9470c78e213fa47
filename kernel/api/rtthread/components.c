/*
 * Functions that an application has run at start-up (INIT_..._EXPORT): the macro puts a pointer
 * into a section named after the level, and the linker gives the section's begin and end by that
 * name. Weak, since most programs have none. Within a level the order is the linker's.
 */
#include "internal.h"

#define LEVEL(n)                                                                                   \
    extern const init_fn_t __start_rti_fn_##n[] rt_weak;                                           \
    extern const init_fn_t __stop_rti_fn_##n[] rt_weak;
LEVEL(1)
LEVEL(2)
LEVEL(3)
LEVEL(4)
LEVEL(5)
LEVEL(6)

static void run(const init_fn_t *begin, const init_fn_t *end)
{
    for (const init_fn_t *function = begin; function < end; function++)
        (*function)();
}

void rt_components_board_init(void)
{
    run(__start_rti_fn_1, __stop_rti_fn_1);
}

void rt_components_init(void)
{
    run(__start_rti_fn_2, __stop_rti_fn_2);
    run(__start_rti_fn_3, __stop_rti_fn_3);
    run(__start_rti_fn_4, __stop_rti_fn_4);
    run(__start_rti_fn_5, __stop_rti_fn_5);
    run(__start_rti_fn_6, __stop_rti_fn_6);
}
