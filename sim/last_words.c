#define _GNU_SOURCE
#include "last_words.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "../kernel/assert.h"

enum { TELLERS = 6 };

static void (*tellers[TELLERS])(int number);
static unsigned teller_count;
static pid_t owner; /* a child's files are its parent's */
static atomic_flag said = ATOMIC_FLAG_INIT;

static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGINT, SIGTERM};

/* The sanitizers' runtimes end the process by themselves. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

void last_words(int number)
{
    if (getpid() != owner || atomic_flag_test_and_set(&said))
        return;
    for (unsigned i = 0; i < teller_count; i++)
        tellers[i](number);
}

/* Then what would have happened happens: a fault comes again when this returns. */
static void on_deadly_signal(int number)
{
    last_words(number);
    signal(number, SIG_DFL);
    if (number == SIGINT || number == SIGTERM)
        raise(number);
}

static void on_sanitizers_end(void)
{
    last_words(0);
}

static void listen(void)
{
    /* A task's own stack may be what ran out. */
    const struct sigaction action = {.sa_handler = on_deadly_signal, .sa_flags = SA_ONSTACK};
    struct sigaction before;

    owner = getpid();
    for (unsigned i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
        const bool is_free = sigaction(deadly[i], NULL, &before) == 0 &&
                             (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL;

        if (is_free)
            sigaction(deadly[i], &action, NULL);
    }
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(on_sanitizers_end);
}

void last_words_add(void (*tell)(int number))
{
    for (unsigned i = 0; i < teller_count; i++)
        if (tellers[i] == tell)
            return;
    KERNEL_ASSERT(teller_count < TELLERS);
    if (teller_count == 0)
        listen();
    tellers[teller_count++] = tell;
}
