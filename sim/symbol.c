#include "symbol.h"

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

void symbol_describe(const void *return_address, char *text, size_t size)
{
    const Dwarf_Addr at = (Dwarf_Addr)(uintptr_t)return_address - 1;
    const char *function = NULL;
    const char *file = NULL;
    int line = 0;

    if (open_session()) {
        Dwfl_Module *const module = dwfl_addrmodule(session, at);
        Dwfl_Line *const source = module != NULL ? dwfl_module_getsrc(module, at) : NULL;

        function = module != NULL ? dwfl_module_addrname(module, at) : NULL;
        file = source != NULL ? dwfl_lineinfo(source, NULL, &line, NULL, NULL, NULL) : NULL;
    }
    if (function != NULL && file != NULL)
        snprintf(text, size, "%s (%s:%d)", function, base_name(file), line);
    else if (function != NULL)
        snprintf(text, size, "%s (%p)", function, return_address);
    else
        snprintf(text, size, "%p", return_address);
}
#else
void symbol_describe(const void *return_address, char *text, size_t size)
{
    snprintf(text, size, "%p", return_address);
}
#endif
