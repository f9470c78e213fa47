/*
 * The terminal at the other end of the UART: a pseudo-terminal, standard input and output, or a
 * script.
 *
 * Virtual time is held back to the wall clock while a live terminal is there, so that a prompt
 * appears when a person would see it, and a timeout gives him its time; it never hurries.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "finish.h"
#include "leave.h"
#include "report_json.h"
#include "uart.h"

enum terminal { TERMINAL_NONE, TERMINAL_PTY, TERMINAL_STDIO };

/* The longest wait at once, so that the watchdog sees progress. */
enum { WAIT_MS = 200, READ_BYTES = 64, LINGER_MS = 1000 };

/* Virtual time may be ahead of the wall clock by this much before it waits. */
#define AHEAD_NS 2000000u

_Atomic bool uart_is_live;

static enum terminal terminal;
static const char *script_path, *record_path;
static int in = -1, out = STDOUT_FILENO;
static int pty_slave = -1; /* kept open: a pty without a reader hangs up */
static FILE *record;
static struct termios saved;
static bool is_saved;
static uint64_t start_ns;       /* the wall clock when virtual time was 0 */
static _Atomic int interrupted; /* by that signal; looked at by another thread */
static int alarm_pipe[2];

bool uart_choose_terminal(const char *word)
{
    if (strcmp(word, "pty") == 0)
        terminal = TERMINAL_PTY;
    else if (strcmp(word, "stdio") == 0)
        terminal = TERMINAL_STDIO;
    else
        return false;
    return true;
}

bool uart_has_terminal(void)
{
    return terminal == TERMINAL_PTY || terminal == TERMINAL_STDIO;
}

void uart_choose_script(const char *path)
{
    script_path = path;
}

bool uart_records(void)
{
    return record_path != NULL;
}

void uart_choose_record(const char *path)
{
    record_path = path;
}

/* --- opening --- */

static const char *open_pty(char *why, unsigned size)
{
    struct termios raw;
    char name[128];

    in = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (in < 0 || grantpt(in) != 0 || unlockpt(in) != 0 || ptsname_r(in, name, sizeof name) != 0 ||
        (pty_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 ||
        tcgetattr(pty_slave, &raw) != 0) {
        snprintf(why, size, "--uart pty: no pseudo-terminal can be had: %s", strerror(errno));
        return why;
    }
    cfmakeraw(&raw); /* what is typed is the board's: echo, line editing and Ctrl-C too */
    tcsetattr(pty_slave, TCSANOW, &raw);
    out = in;
    fprintf(stderr, "heapsim: the UART is %s\n", name);
    return NULL;
}

/* Each key at once and without an echo, but Ctrl-C stays what it is. */
static void open_stdio(void)
{
    in = STDIN_FILENO;
    out = STDOUT_FILENO;
    if (tcgetattr(in, &saved) != 0)
        return; /* no terminal: a pipe, a file */
    is_saved = true;
    struct termios keys = saved;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    keys.c_iflag &= ~(tcflag_t)(ICRNL | INLCR);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    tcsetattr(in, TCSANOW, &keys);
}

/* The second Ctrl-C ends the process at once, if the first one does not get through. */
static void on_interrupt(int number)
{
    const int error = errno;

    interrupted = number;
    if (write(alarm_pipe[1], "", 1) < 0)
        errno = error;
}

static const char *open_live(char *why, unsigned size)
{
    if (pipe2(alarm_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        snprintf(why, size, "--uart: there is no pipe to be had: %s", strerror(errno));
        return why;
    }
    if (terminal == TERMINAL_PTY)
        return open_pty(why, size);
    open_stdio();
    return NULL;
}

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void uart_go_live(uint64_t now)
{
    struct sigaction action = {.sa_handler = on_interrupt,
                               .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};

    if (terminal == TERMINAL_NONE || uart_is_live)
        return;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    start_ns = clock_ns() - now;
    uart_is_live = true;
}

const char *uart_open(char *why, unsigned size)
{
    if (terminal != TERMINAL_NONE && script_path != NULL)
        return "either --uart or --uart-script: a terminal and a script can't both be typing";
    if (record_path != NULL) {
        record = fopen(record_path, "w");
        if (record == NULL) {
            snprintf(why, size, "the record %s can't be written: %s", record_path, strerror(errno));
            return why;
        }
        fprintf(record, "# heapsim uart-script 1\n");
    }
    if (script_path != NULL)
        return uart_script_read(script_path, why, size);
    return terminal != TERMINAL_NONE ? open_live(why, size) : NULL;
}

/*
 * What was sent last is lost if the pseudo-terminal goes before its reader has it: waits a little,
 * or until the reader has hung up. Without our own end of it the hang-up shows.
 */
static void let_go_of_pty(void)
{
    struct pollfd file = {.fd = in};

    close(pty_slave);
    pty_slave = -1;
    if (!interrupted)
        poll(&file, 1, LINGER_MS);
}

void uart_close(void)
{
    if (pty_slave >= 0)
        let_go_of_pty();
    if (is_saved)
        tcsetattr(in, TCSANOW, &saved);
    is_saved = false;
    if (record != NULL)
        fclose(record);
    record = NULL;
}

/* --- looking --- */

/* Virtual time, had it passed as fast as the wall clock. */
static uint64_t wall_ns(void)
{
    return clock_ns() - start_ns;
}

static _Noreturn void end_by_signal(void)
{
    const int number = interrupted;
    sigset_t set;

    finish_reports();
    json_end(-1, number);
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    leave_process(128 + number);
}

/* Waits for input up to that long; true if there is some. */
static bool wait_for_input(uint64_t ns)
{
    struct pollfd files[] = {{.fd = in, .events = POLLIN}, {.fd = alarm_pipe[0], .events = POLLIN}};
    const uint64_t ms = (ns + 999999) / 1000000;

    const int ready = poll(files, 2, ms < WAIT_MS ? (int)ms : WAIT_MS);
    if (interrupted)
        end_by_signal();
    return ready > 0 && files[0].revents != 0;
}

static bool is_too_fast(void)
{
    const bool held = engine_guard();
    const unsigned room = uart_queue_room();

    engine_unguard(held);
    return room < READ_BYTES;
}

/* Queues what the terminal sent, complete one byte's time after `time` at the earliest. */
static void read_input(uint64_t time)
{
    uint8_t bytes[READ_BYTES];

    if (is_too_fast())
        return;
    const ssize_t count = read(in, bytes, sizeof bytes);
    if (count < 0)
        return;
    const bool held = engine_guard();
    for (ssize_t i = 0; i < count; i++)
        uart_queue(time + 1, bytes[i]);
    if (count == 0) {
        uart_queue(time + 1, UART_END);
        uart_is_live = false;
    }
    engine_unguard(held);
}

void uart_look(uint64_t latest, uint64_t next, bool idle)
{
    static uint64_t looked_at;
    uint64_t wall = wall_ns();

    if (!idle && latest < wall + AHEAD_NS && wall < looked_at + AHEAD_NS)
        return;
    looked_at = wall;
    for (;;) {
        const uint64_t until = idle ? next : latest;
        const uint64_t left = until > wall ? until - wall : 0;

        engine_waits++;
        if (is_too_fast())
            return; /* it has sent more than the board has read */
        if (wait_for_input(left)) {
            wall = wall_ns();
            read_input(idle && wall > latest && wall < next ? wall : latest);
            return;
        }
        wall = wall_ns();
        if (until != UART_NEVER && wall >= until)
            return;
    }
}

/* --- for the device --- */

void uart_fetch(void)
{
    uint64_t time;
    unsigned byte;

    if (script_path != NULL && uart_script_next(&time, &byte))
        uart_queue(time, byte);
}

void uart_transmit(uint8_t byte)
{
    while (write(out, &byte, 1) < 0 && errno == EINTR)
        ;
}

void uart_note(uint64_t time, unsigned byte)
{
    if (record == NULL)
        return;
    if (byte == UART_END)
        fprintf(record, "%lluns end\n", (unsigned long long)time);
    else if (byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\')
        fprintf(record, "%lluns \"%c\"\n", (unsigned long long)time, (int)byte);
    else
        fprintf(record, "%lluns \"\\x%02x\"\n", (unsigned long long)time, byte);
}
