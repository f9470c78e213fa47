/*
 * talk PROGRAM [OPTION...]: runs it with --uart pty, finds the device in what it prints, and talks
 * to it as a terminal would. With `interrupt` before PROGRAM it presses Ctrl-C instead.
 *
 * Exits with 0 if the conversation went as it should.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000 };

static pid_t child;

static void fail(const char *what, const char *text)
{
    fprintf(stderr, "FAILED: %s: %s\n", what, text);
    if (child > 0)
        kill(child, SIGKILL);
    exit(1);
}

/* Starts the program; what it writes on standard error can be read from the result. */
static int start(char **arguments)
{
    int ends[2];

    if (pipe(ends) != 0)
        fail("pipe", strerror(errno));
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(arguments[0], arguments);
        _exit(127);
    }
    close(ends[1]);
    return ends[0];
}

/* Reads until `wanted` has come, and no further; what came stays in `text`. */
static void expect(int from, const char *wanted, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    while (strstr(text, wanted) == NULL) {
        struct pollfd file = {.fd = from, .events = POLLIN};

        if (poll(&file, 1, PATIENCE_MS) <= 0 || used + 1 >= size || read(from, text + used, 1) != 1)
            fail(wanted, text);
        text[++used] = '\0';
    }
}

static void type(int to, const char *text)
{
    if (write(to, text, strlen(text)) != (ssize_t)strlen(text))
        fail("typing", text);
}

static int open_device(int errors)
{
    char text[512];
    struct termios raw;

    expect(errors, "heapsim: the UART is ", text, sizeof text);
    expect(errors, "\n", text, sizeof text);
    text[strcspn(text, "\n")] = '\0';
    const int device = open(text, O_RDWR | O_NOCTTY);
    if (device < 0 || tcgetattr(device, &raw) != 0)
        fail(text, strerror(errno));
    return device;
}

static void converse(int device)
{
    char text[1024];

    expect(device, "> ", text, sizeof text);
    type(device, "help\r");
    expect(device, "help, free, try BYTES, echo TEXT, exit\r\n> ", text, sizeof text);
    if (strncmp(text, "help\r\n", 6) != 0)
        fail("the echo", text);
    type(device, "echo one tw"); /* no more at once than the FIFO takes, should the host be late */
    expect(device, "echo one tw", text, sizeof text);
    type(device, "\177\177two\r");
    expect(device, "\r\none two\r\n> ", text, sizeof text);
    usleep(300000); /* it waits, without an event, and without a word of the watchdog */
    type(device, "exit\r");
    expect(device, "bye\r\n", text, sizeof text);
}

int main(int argc, char **argv)
{
    const bool interrupts = argc > 1 && strcmp(argv[1], "interrupt") == 0;
    char text[512];
    int status;

    if (argc < 2 + interrupts)
        return 2;
    signal(SIGINT, SIG_IGN);
    const int errors = start(argv + 1 + interrupts);
    const int device = open_device(errors);
    if (interrupts) {
        expect(device, "> ", text, sizeof text);
        type(device, "help\r");
        expect(device, "exit\r\n> ", text, sizeof text);
        kill(child, SIGINT);
    } else {
        converse(device);
    }
    if (waitpid(child, &status, 0) != child)
        fail("waiting", strerror(errno));
    if (interrupts ? !WIFSIGNALED(status) || WTERMSIG(status) != SIGINT
                   : !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        child = 0;
        fail("the program's end", WIFSIGNALED(status) ? "by a signal" : "by an exit code");
    }
    return 0;
}
