#include "symbol.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "quiet_thread.h"

struct symbol {
    char function[80]; /* "" if it is not known; so are the others then */
    char file[512];
    int line;
    char innermost[80]; /* function: one that was inlined, too; "" if it is not known */
    int innermost_line; /* where its declaration begins */
};

const char *symbol_file(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

#if HEAPSIM_HAVE_LIBDW
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>

enum { NEAR_CODE = 64 };

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

/* clang writes no index of addresses (.debug_aranges): then each compilation unit is asked. */
static Dwarf_Die *find_unit(Dwfl_Module *module, Dwarf_Addr at, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, at, bias);

    if (unit != NULL)
        return unit;
    while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL)
        if (dwarf_haspc(unit, at - *bias) == 1)
            return unit;
    return NULL;
}

static bool is_function(Dwarf_Die *scope)
{
    const int tag = dwarf_tag(scope);

    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

/* Also one that the compiler put into another: what its lines are counted from stays where it is.
 */
static void read_innermost(Dwarf_Die *unit, Dwarf_Addr at, struct symbol *symbol)
{
    Dwarf_Die *scopes = NULL;
    const int count = dwarf_getscopes(unit, at, &scopes);
    int i = 0;

    while (i < count && !is_function(&scopes[i]))
        i++;
    if (i < count && dwarf_diename(&scopes[i]) != NULL) {
        snprintf(symbol->innermost, sizeof symbol->innermost, "%s", dwarf_diename(&scopes[i]));
        Dwarf_Attribute attribute;
        Dwarf_Word line = 0;
        if (dwarf_formudata(dwarf_attr_integrate(&scopes[i], DW_AT_decl_line, &attribute), &line) ==
            0)
            symbol->innermost_line = (int)line;
    }
    free(scopes);
}

/* Line 0 is what clang says where it has moved code: then what stands before belongs to it. */
static Dwarf_Line *find_line(Dwarf_Die *unit, Dwarf_Addr at, int *number)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, at);

    *number = 0;
    for (unsigned back = 1; line != NULL; back++) {
        if (dwarf_lineno(line, number) != 0)
            return NULL;
        if (*number != 0 || back > NEAR_CODE)
            break;
        Dwarf_Line *const before = dwarf_getsrc_die(unit, at - back);
        if (before == NULL)
            break;
        line = before;
    }
    return line;
}

static void read_symbol(const void *return_address, struct symbol *symbol)
{
    const Dwarf_Addr at = (Dwarf_Addr)(uintptr_t)return_address - 1;
    Dwfl_Module *const module = open_session() ? dwfl_addrmodule(session, at) : NULL;
    const char *function = NULL;
    const char *file = NULL;

    if (module != NULL) {
        Dwarf_Addr bias = 0;
        Dwarf_Die *const unit = find_unit(module, at, &bias);
        Dwarf_Line *const line = unit != NULL ? find_line(unit, at - bias, &symbol->line) : NULL;

        function = dwfl_module_addrname(module, at);
        if (line != NULL)
            file = dwarf_linesrc(line, NULL, NULL);
        if (unit != NULL)
            read_innermost(unit, at - bias, symbol);
    }
    snprintf(symbol->function, sizeof symbol->function, "%s", function != NULL ? function : "");
    symbol->function[strcspn(symbol->function, ".")] = '\0'; /* the compiler's: ".constprop.0" */
    snprintf(symbol->file, sizeof symbol->file, "%s", file != NULL ? file : "");
}
#else
/* Without libdw (32-bit builds) the binutils are asked: "function" and "file:line" on two lines. */
static void read_symbol(const void *return_address, struct symbol *symbol)
{
    char path[512];
    char command[640];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    FILE *pipe = NULL;

    if (length > 0 && memchr(path, '\'', (size_t)length) == NULL) {
        path[length] = '\0';
        snprintf(command, sizeof command, "addr2line -f -e '%s' 0x%lx 2>/dev/null", path,
                 (unsigned long)(uintptr_t)return_address - 1);
        pipe = popen(command, "r");
    }
    if (pipe == NULL)
        return;
    if (fscanf(pipe, "%79s %511[^:]:%d", symbol->function, symbol->file, &symbol->line) != 3 ||
        symbol->file[0] == '?')
        *symbol = (struct symbol){.line = 0};
    symbol->function[strcspn(symbol->function, ".")] = '\0';
    pclose(pipe);
}
#endif

struct question {
    const void *return_address;
    struct symbol *symbol;
};

/* --- data --- */

struct data_question {
    uint32_t address;
    uint32_t offset;
    char name[80]; /* "" if there is none */
};

#if HEAPSIM_HAVE_LIBDW
static void read_data(struct data_question *q)
{
    const Dwarf_Addr text = (Dwarf_Addr)(uintptr_t)__executable_start; /* bss is no module's */
    Dwfl_Module *const module = open_session() ? dwfl_addrmodule(session, text) : NULL;
    GElf_Off offset = 0;
    GElf_Sym symbol;

    if (module == NULL)
        return;
    const char *const name =
        dwfl_module_addrinfo(module, q->address, &offset, &symbol, NULL, NULL, NULL);
    if (name == NULL || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size)
        return;
    snprintf(q->name, sizeof q->name, "%s", name);
    q->offset = (uint32_t)offset;
}
#else
/* The binutils: "address size type name" a line, in order of address. */
static void read_data(struct data_question *q)
{
    char command[640];
    char path[512];
    char name[80];
    unsigned long at = 0;
    unsigned long size = 0;
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    FILE *pipe = NULL;

    if (length > 0 && memchr(path, '\'', (size_t)length) == NULL) {
        path[length] = '\0';
        snprintf(command, sizeof command, "nm -S --defined-only '%s' 2>/dev/null", path);
        pipe = popen(command, "r");
    }
    if (pipe == NULL)
        return;
    for (char line[300]; fgets(line, sizeof line, pipe) != NULL;) {
        if (sscanf(line, "%lx %lx %*[bBdDrR] %79s", &at, &size, name) == 3 && q->address >= at &&
            q->address - at < size) {
            snprintf(q->name, sizeof q->name, "%s", name);
            q->offset = (uint32_t)(q->address - at);
        }
    }
    pclose(pipe);
}
#endif

static void *answer_data(void *argument)
{
    read_data(argument);
    return NULL;
}

bool symbol_data(uint32_t address, char *text, size_t size)
{
    struct data_question question = {.address = address};
    pthread_t thread;

    if (quiet_thread_create(&thread, NULL, answer_data, &question) == 0)
        pthread_join(thread, NULL);
    if (question.name[0] == '\0')
        return false;
    if (question.offset == 0)
        snprintf(text, size, "'%s'", question.name);
    else
        snprintf(text, size, "'%s' + %u", question.name, question.offset);
    return true;
}

/* --- code --- */

static void *answer(void *argument)
{
    const struct question *const q = argument;

    read_symbol(q->return_address, q->symbol);
    return NULL;
}

/* In a thread of its own: reading debug information takes more stack than tasks have. */
static void look_up(const void *return_address, struct symbol *symbol)
{
    struct question question = {return_address, symbol};
    pthread_t thread;

    if (quiet_thread_create(&thread, NULL, answer, &question) == 0)
        pthread_join(thread, NULL);
}

void symbol_describe(const void *return_address, char *text, size_t size)
{
    struct symbol symbol = {.line = 0};

    look_up(return_address, &symbol);
    if (symbol.function[0] != '\0' && symbol.file[0] != '\0')
        snprintf(text, size, "%s (%s:%d)", symbol.function, symbol_file(symbol.file), symbol.line);
    else if (symbol.function[0] != '\0')
        snprintf(text, size, "%s (%p)", symbol.function, return_address);
    else
        snprintf(text, size, "%p", return_address);
}

bool symbol_locate(const void *return_address, struct symbol_location *location)
{
    struct symbol symbol = {.line = 0};

    look_up(return_address, &symbol);
    snprintf(location->function, sizeof location->function, "%s", symbol.function);
    snprintf(location->path, sizeof location->path, "%s", symbol.file);
    location->line = symbol.line;
    return symbol.function[0] != '\0';
}

void symbol_place(const void *return_address, char *text, size_t size)
{
    struct symbol symbol = {.line = 0};

    look_up(return_address, &symbol);
    if (symbol.innermost[0] != '\0')
        snprintf(text, size, "%s+%d", symbol.innermost, symbol.line - symbol.innermost_line);
    else if (symbol.function[0] != '\0') /* without libdw: counted from the file's first line */
        snprintf(text, size, "%s+%d", symbol.function, symbol.line);
    else
        snprintf(text, size, "%p", return_address);
}

/* --- whose code it is --- */

/* The directory above sim/, as the debug information writes it: this file's own path tells. */
static const char *own_root(void)
{
    static struct symbol here;

    if (here.file[0] == '\0') {
        look_up((const char *)(uintptr_t)symbol_describe + 2, &here);
        char *const slash = strrchr(here.file, '/');
        if (slash != NULL && slash - here.file >= 4 && strncmp(slash - 4, "/sim", 4) == 0)
            slash[-3] = '\0';
    }
    return here.file;
}

bool symbol_of_application(const void *return_address)
{
    const char *const root = own_root();
    const size_t length = strlen(root);
    struct symbol symbol = {.line = 0};

    if (!frames_in_program((uintptr_t)return_address - 1))
        return false; /* a shared library's */
    look_up(return_address, &symbol);
    if (symbol.file[0] == '\0')
        return false;
    if (length == 0 || strncmp(symbol.file, root, length) != 0)
        return true;
    return strncmp(symbol.file + length, "sim/", 4) != 0 &&
           strncmp(symbol.file + length, "kernel/", 7) != 0;
}
