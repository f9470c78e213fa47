/*
 * Loops without a call: others run all the same, and interrupts arrive. The argument names the
 * loop.
 */
#include "check.h"

enum { LINE = 4 };

static int plain_flag;
static volatile int volatile_flag;
static volatile unsigned others, interrupts;
static volatile int left;

static void spins_on_plain(void *unused)
{
    while (!plain_flag)
        ;
    left = 1; /* or never: a compiler may read the flag once */
}

static void spins_on_volatile(void *unused)
{
    while (!volatile_flag)
        ;
    left = 1;
}

static void spins_for_ever(void *unused)
{
    for (;;)
        ;
}

static void counts(void *unused)
{
    for (;;) {
        others++;
        rt_thread_delay(1);
    }
}

static void on_device(int line, void *unused)
{
    interrupts++;
    if (interrupts == 20)
        plain_flag = volatile_flag = 1;
}

/* As urgent as the spinner, whose slices must end; less urgent ones never run on its core. */
static void equal(void *unused)
{
    for (;;)
        others++;
}

static int run(void (*spins)(void *), bool must_leave)
{
    const rt_thread_t spinner = prepare(spins, RT_NULL, 20);

    rt_thread_startup(spinner);
    spawn(counts, RT_NULL, 15);
    rt_hw_interrupt_install(LINE, on_device, RT_NULL, "device");
    sim_device(LINE, 1000, 1000, 500, 0);
    rt_thread_delay(10);
    CHECK(others >= 9);
    CHECK(interrupts >= 8);
    CHECK(!left || !must_leave);
    rt_thread_delay(20);
    CHECK(others >= 28);
    CHECK(interrupts >= 28);
    CHECK(left || !must_leave);
    const unsigned before = others;
    spawn(equal, RT_NULL, 20);
    rt_thread_delay(50);
    CHECK(others > before + 1000);
    CHECK_ORDER("");
    return check_result();
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "plain") == 0)
        return run(spins_on_plain, false);
    if (argc == 2 && strcmp(argv[1], "volatile") == 0)
        return run(spins_on_volatile, true);
    if (argc == 2 && strcmp(argv[1], "forever") == 0)
        return run(spins_for_ever, false);
    return 1;
}
