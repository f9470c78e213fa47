#include "symbol.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

#if HEAPSIM_HAVE_LIBDW
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static Dwfl *session;

static bool open_session(void)
{
    static char *no_debug_path;
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .debuginfo_path = &no_debug_path};

    if (session == NULL) {
        session = dwfl_begin(&callbacks);
        if (session == NULL)
            return false;
        dwfl_report_begin(session);
        if (dwfl_linux_proc_report(session, getpid()) != 0 ||
            dwfl_report_end(session, NULL, NULL) != 0) {
            dwfl_end(session);
            session = NULL;
        }
    }
    return session != NULL;
}

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* clang writes no index of addresses (.debug_aranges): then each compilation unit is asked. */
static Dwarf_Line *find_line(Dwfl_Module *module, Dwarf_Addr at)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = dwfl_module_addrdie(module, at, &bias);

    if (unit != NULL)
        return dwarf_getsrc_die(unit, at - bias);
    while ((unit = dwfl_module_nextcu(module, unit, &bias)) != NULL)
        if (dwarf_haspc(unit, at - bias) == 1)
            return dwarf_getsrc_die(unit, at - bias);
    return NULL;
}

static void describe(const void *return_address, char *text, size_t size)
{
    const Dwarf_Addr at = (Dwarf_Addr)(uintptr_t)return_address - 1;
    Dwfl_Module *const module = open_session() ? dwfl_addrmodule(session, at) : NULL;
    const char *function = NULL;
    const char *file = NULL;
    int number = 0;

    if (module != NULL) {
        Dwarf_Line *const line = find_line(module, at);

        function = dwfl_module_addrname(module, at);
        if (line != NULL && dwarf_lineno(line, &number) == 0)
            file = dwarf_linesrc(line, NULL, NULL);
    }
    if (function != NULL && file != NULL)
        snprintf(text, size, "%s (%s:%d)", function, base_name(file), number);
    else if (function != NULL)
        snprintf(text, size, "%s (%p)", function, return_address);
    else
        snprintf(text, size, "%p", return_address);
}
#else
#include <string.h>
#include <unistd.h>

/* Without libdw (32-bit builds) the binutils are asked: "function" and "file:line" on two lines. */
static void describe(const void *return_address, char *text, size_t size)
{
    char path[512];
    char command[640];
    char function[80] = "";
    char line[80] = "";
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    FILE *pipe = NULL;

    if (length > 0 && memchr(path, '\'', (size_t)length) == NULL) {
        path[length] = '\0';
        snprintf(command, sizeof command, "addr2line -fs -e '%s' 0x%lx 2>/dev/null", path,
                 (unsigned long)(uintptr_t)return_address - 1);
        pipe = popen(command, "r");
    }
    if (pipe != NULL) {
        if (fscanf(pipe, "%79s %79s", function, line) != 2)
            line[0] = '\0';
        pclose(pipe);
    }
    if (line[0] != '\0' && line[0] != '?')
        snprintf(text, size, "%s (%s)", function, line);
    else
        snprintf(text, size, "%p", return_address);
}
#endif

struct question {
    const void *return_address;
    char *text;
    size_t size;
};

static void *answer(void *argument)
{
    const struct question *const q = argument;

    describe(q->return_address, q->text, q->size);
    return NULL;
}

/* In a thread of its own: reading debug information takes more stack than tasks have. */
void symbol_describe(const void *return_address, char *text, size_t size)
{
    struct question question = {return_address, text, size};
    pthread_t thread;
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&thread, NULL, answer, &question);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_join(thread, NULL);
    else
        snprintf(text, size, "%p", return_address);
}
