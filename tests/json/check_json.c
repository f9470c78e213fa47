/*
 * check_json [-u] FILE: every line of FILE, as --json writes it, is an object with the fields that
 * docs/diagnoses.md promises; the first one is the run's and the last one its end (-u: it was
 * killed, and has none). Prints of each diagnosis its kind, task, function and line, and of the end
 * the exit code or signal.
 *
 * check_json -w KIND FILE: prints the first line of that kind, wrapped.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 118 };

static unsigned faults;

static void fault(unsigned number, const char *what, const char *key)
{
    printf("line %u: %s%s%s\n", number, what, key != NULL ? " " : "", key != NULL ? key : "");
    faults++;
}

/* s text, S text or null, i number, I number or null, a array, A array or null, o object, O object
 * or null, b true or false */
static bool fits(const json_t *value, char type)
{
    if (value != NULL && json_is_null(value))
        return strchr("SIAO", type) != NULL;
    switch (type) {
    case 's':
    case 'S':
        return json_is_string(value);
    case 'i':
    case 'I':
        return json_is_integer(value);
    case 'a':
    case 'A':
        return json_is_array(value);
    case 'o':
    case 'O':
        return json_is_object(value);
    default:
        return json_is_boolean(value);
    }
}

/* `fields`: "type:key type:key ..." */
static void check_fields(unsigned number, const json_t *object, const char *fields)
{
    char text[600];
    char *rest = text;

    snprintf(text, sizeof text, "%s", fields);
    for (char *field = strtok_r(text, " ", &rest); field != NULL;
         field = strtok_r(NULL, " ", &rest))
        if (!fits(json_object_get(object, field + 2), field[0]))
            fault(number, "wrong or missing", field);
}

static void check_site(unsigned number, const json_t *site)
{
    if (json_is_object(site))
        check_fields(number, site, "s:function S:file S:path I:line");
}

static void check_stack(unsigned number, const json_t *holder)
{
    const json_t *frame;
    size_t i;

    check_site(number, json_object_get(holder, "site"));
    json_array_foreach(json_object_get(holder, "stack"), i, frame)
    {
        check_fields(number, frame, "s:function S:file S:path I:line");
    }
}

static void check_deed(unsigned number, const json_t *deed)
{
    if (!json_is_object(deed))
        return;
    check_fields(number, deed, "S:call s:by S:task I:interrupt i:time_ns O:site a:stack");
    check_stack(number, deed);
}

static void check_diagnosis(unsigned number, const json_t *line)
{
    const json_t *item;
    size_t i;

    check_fields(number, line,
                 "s:kind s:title s:text S:call S:task I:interrupt i:core i:time_ns S:address "
                 "S:where i:size S:heap S:allocator O:site a:stack A:interrupted S:rule s:advice "
                 "a:blocks O:failure A:accesses S:story i:seed a:command");
    check_stack(number, line);
    json_array_foreach(json_object_get(line, "blocks"), i, item)
    {
        check_fields(number, item,
                     "s:role s:address I:offset i:size i:usable s:heap s:allocator b:live "
                     "o:allocated O:freed");
        check_deed(number, json_object_get(item, "allocated"));
        check_deed(number, json_object_get(item, "freed"));
    }
    json_array_foreach(json_object_get(line, "accesses"), i, item)
    {
        check_fields(number, item,
                     "s:when s:access i:bytes s:by S:task I:interrupt O:site a:stack");
        check_stack(number, item);
    }
    item = json_object_get(line, "failure");
    if (json_is_object(item)) {
        check_fields(number, item, "i:size s:heap i:free o:asked");
        check_deed(number, json_object_get(item, "asked"));
    }
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "-";
}

static void check_line(unsigned number, const json_t *line)
{
    const char *const kind = text_of(line, "kind");
    const json_t *const site = json_object_get(line, "site");

    if ((number == 1) != (strcmp(kind, "run") == 0))
        fault(number, "the run's line is the first one, and no other", NULL);
    if (strcmp(kind, "run") == 0) {
        check_fields(number, line,
                     "s:heapsim s:program s:dialect s:engine s:carrier i:cores s:heap a:regions "
                     "i:seed a:command");
        return;
    }
    if (strcmp(kind, "end") == 0) {
        check_fields(number, line, "I:exit S:signal i:time_ns i:printed o:found");
        printf("end %lld %s\n",
               json_is_integer(json_object_get(line, "exit"))
                   ? (long long)json_integer_value(json_object_get(line, "exit"))
                   : -1,
               text_of(line, "signal"));
        return;
    }
    if (strcmp(kind, "deadlock") == 0)
        check_fields(number, line,
                     "s:title s:text S:task I:interrupt I:core i:time_ns O:site s:advice a:waiting "
                     "A:circle i:seed a:command");
    else if (strcmp(kind, "stuck") == 0)
        check_fields(number, line,
                     "s:title s:text S:task I:interrupt i:core i:time_ns O:site s:advice i:seed "
                     "a:command");
    else
        check_diagnosis(number, line);
    printf("%s %s %s %lld\n", kind, text_of(line, "task"), text_of(site, "function"),
           (long long)json_integer_value(json_object_get(site, "line")));
}

/* Up to the next comma that is none of a text, and with it; or to the end. */
static size_t piece(const char *from)
{
    bool quoted = false;
    size_t i = 0;

    for (; from[i] != '\0'; i++) {
        if (from[i] == '\\')
            i++;
        else if (from[i] == '"')
            quoted = !quoted;
        else if (from[i] == ',' && !quoted)
            return i + 1;
    }
    return i;
}

/* In lines of that width, as far as its texts allow. */
static void show(const json_t *line)
{
    char *const text = json_dumps(line, JSON_COMPACT);
    size_t column = 0;

    for (const char *at = text; *at != '\0';) {
        const size_t length = piece(at);

        if (column > 0 && column + length > WIDTH)
            column = (size_t)printf("\n ") - 1;
        printf("%.*s", (int)length, at);
        column += length;
        at += length;
    }
    printf("\n");
    free(text);
}

static int usage(void)
{
    fprintf(stderr, "usage: check_json [-u] [-w KIND] FILE\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *wanted = NULL;
    bool killed = false;
    char *text = NULL;
    size_t room = 0;
    unsigned number = 0;
    bool ended = false;
    bool shown = false;
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-u") == 0)
            killed = true;
        else if (strcmp(argv[i], "-w") == 0 && i + 1 < argc)
            wanted = argv[++i];
        else
            return usage();
    }
    FILE *const file = i < argc ? fopen(argv[i], "r") : NULL;
    if (file == NULL)
        return usage();
    for (ssize_t size; (size = getline(&text, &room, file)) > 0;) {
        json_error_t error;
        json_t *const line = json_loads(text, JSON_REJECT_DUPLICATES, &error);

        number++;
        if (text[size - 1] != '\n' || !json_is_object(line))
            fault(number, "no whole object:", error.text);
        if (ended)
            fault(number, "behind the end", NULL);
        ended = strcmp(text_of(line, "kind"), "end") == 0;
        if (wanted == NULL)
            check_line(number, line);
        else if (!shown && strcmp(text_of(line, "kind"), wanted) == 0)
            show(line);
        shown = shown || strcmp(text_of(line, "kind"), wanted != NULL ? wanted : "") == 0;
        json_decref(line);
    }
    free(text);
    fclose(file);
    if (ended == killed)
        fault(number, killed ? "there is an end" : "there is no end", NULL);
    return faults > 0 || (wanted != NULL && !shown);
}
