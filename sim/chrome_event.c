#include "chrome_event.h"

#include <stddef.h>

#include "json_stream.h"

void chrome_begin(const char *phase, unsigned group, unsigned track, uint64_t time)
{
    json_begin();
    json_text("ph", phase);
    json_number("pid", group);
    json_number("tid", track);
    json_time("ts", time);
}

void chrome_begin_slice(unsigned group, unsigned track, uint64_t time, const char *name)
{
    chrome_begin("B", group, track, time);
    json_text("name", name);
}

void chrome_end_slice(unsigned group, unsigned track, uint64_t time)
{
    chrome_begin("E", group, track, time);
    json_end();
}

void chrome_begin_instant(struct place at, const char *name, const char *object)
{
    chrome_begin("i", at.group, at.track, at.time);
    json_text("s", "t");
    json_text_begin("name");
    json_piece(name);
    if (object != NULL && object[0] != '\0') {
        json_piece(" ");
        json_piece(object);
    }
    json_text_end();
    json_nested("args");
}

void chrome_end_args(void)
{
    json_nested_end();
    json_end();
}

void chrome_flow(const char *phase, struct place at, uint64_t number, uint32_t task)
{
    chrome_begin(phase, at.group, at.track, at.time);
    json_text("name", "wake");
    json_text("cat", "wake");
    json_number("id", number);
    if (phase[0] == 'f')
        json_text("bp", "e");
    json_nested("args");
    json_number("task", task);
    json_nested_end();
    json_end();
}

void chrome_begin_name(const char *what, unsigned group, unsigned track)
{
    json_begin();
    json_text("ph", "M");
    json_number("pid", group);
    json_number("tid", track);
    json_text("name", what);
    json_nested("args");
}

void chrome_end_name(const char *what, unsigned group, unsigned track, uint64_t place_in_list)
{
    json_nested_end();
    json_end();
    chrome_begin_name(what, group, track);
    json_number("sort_index", place_in_list);
    json_nested_end();
    json_end();
}

void chrome_name_group(unsigned group, const char *name)
{
    chrome_begin_name("process_name", group, 0);
    json_text("name", name);
    chrome_end_name("process_sort_index", group, 0, group);
}
