#define _GNU_SOURCE
#include "reporter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static int channel = -1;

/*
 * A message of one byte asks for an answer, one as long as a struct json_end is that. The program's
 * end ends the reporter, too.
 */
static _Noreturn void print_all(int from)
{
    union {
        struct report report;
        struct json_end end;
    } message;
    const int null = open("/dev/null", O_RDWR);

    signal(SIGINT, SIG_IGN); /* what was found before Ctrl-C is printed */
    signal(SIGTERM, SIG_IGN);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO); /* a reader of our output is not kept waiting */
    for (;;) {
        const ssize_t length = recv(from, &message, sizeof message, 0);

        if (length == (ssize_t)sizeof message.report)
            report_tell(&message.report);
        else if (length == (ssize_t)sizeof message.end)
            json_write_end(&message.end);
        else if (length == 1)
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

static void send_whole(const void *message, size_t size)
{
    const int saved = errno;

    while (send(channel, message, size, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
    errno = saved;
}

void reporter_send(const struct report *report)
{
    send_whole(report, sizeof *report);
}

void reporter_send_end(const struct json_end *end)
{
    send_whole(end, sizeof *end);
    reporter_finish();
}

void reporter_finish(void)
{
    char answer;

    if (channel < 0 || send(channel, "", 1, MSG_NOSIGNAL) != 1)
        return;
    while (recv(channel, &answer, 1, 0) < 0 && errno == EINTR)
        ;
}
