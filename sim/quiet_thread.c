#define _GNU_SOURCE
#include "quiet_thread.h"

#include <signal.h>

volatile bool quiet_thread_hears_alarms;

int quiet_thread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                        void *argument)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    if (quiet_thread_hears_alarms)
        sigdelset(&all, SIGALRM);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(thread, attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}
