#define _GNU_SOURCE
#include "reporter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static int channel = -1;

/* A message of one byte asks for an answer. The program's end ends the reporter, too. */
static _Noreturn void print_all(int from)
{
    struct report report;
    const int null = open("/dev/null", O_RDWR);

    signal(SIGINT, SIG_IGN); /* what was found before Ctrl-C is printed */
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO); /* a reader of our output is not kept waiting */
    for (;;) {
        const ssize_t length = recv(from, &report, sizeof report, 0);

        if (length == (ssize_t)sizeof report) {
            report_settle(&report);
            report_print(&report);
        } else if (length == 1)
            (void)send(from, "", 1, MSG_NOSIGNAL);
        else if (length >= 0 || errno != EINTR)
            _exit(0);
    }
}

bool reporter_start(void)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        print_all(ends[1]);
    }
    close(ends[1]);
    if (child < 0)
        close(ends[0]);
    else
        channel = ends[0];
    return child > 0;
}

bool reporter_runs(void)
{
    return channel >= 0;
}

void reporter_send(const struct report *report)
{
    const int saved = errno;

    while (send(channel, report, sizeof *report, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
    errno = saved;
}

void reporter_finish(void)
{
    char answer;

    if (channel < 0 || send(channel, "", 1, MSG_NOSIGNAL) != 1)
        return;
    while (recv(channel, &answer, 1, 0) < 0 && errno == EINTR)
        ;
}
