#include "chrome_event.h"

#include <stddef.h>

#include "json_stream.h"

void chrome_begin(const char *phase, unsigned group, unsigned track, uint64_t time)
{
    stream_begin();
    stream_text("ph", phase);
    stream_number("pid", group);
    stream_number("tid", track);
    stream_time("ts", time);
}

void chrome_begin_slice(unsigned group, unsigned track, uint64_t time, const char *name)
{
    chrome_begin("B", group, track, time);
    stream_text("name", name);
}

void chrome_end_slice(unsigned group, unsigned track, uint64_t time)
{
    chrome_begin("E", group, track, time);
    stream_end();
}

void chrome_begin_instant(struct place at, const char *name, const char *object)
{
    chrome_begin("i", at.group, at.track, at.time);
    stream_text("s", "t");
    stream_text_begin("name");
    stream_piece(name);
    if (object != NULL && object[0] != '\0') {
        stream_piece(" ");
        stream_piece(object);
    }
    stream_text_end();
    stream_nested("args");
}

void chrome_end_args(void)
{
    stream_nested_end();
    stream_end();
}

void chrome_flow(const char *phase, struct place at, uint64_t number, uint32_t task)
{
    chrome_begin(phase, at.group, at.track, at.time);
    stream_text("name", "wake");
    stream_text("cat", "wake");
    stream_number("id", number);
    if (phase[0] == 'f')
        stream_text("bp", "e");
    stream_nested("args");
    stream_number("task", task);
    stream_nested_end();
    stream_end();
}

void chrome_begin_name(const char *what, unsigned group, unsigned track)
{
    stream_begin();
    stream_text("ph", "M");
    stream_number("pid", group);
    stream_number("tid", track);
    stream_text("name", what);
    stream_nested("args");
}

void chrome_end_name(const char *what, unsigned group, unsigned track, uint64_t place_in_list)
{
    stream_nested_end();
    stream_end();
    chrome_begin_name(what, group, track);
    stream_number("sort_index", place_in_list);
    stream_nested_end();
    stream_end();
}

void chrome_name_group(unsigned group, const char *name)
{
    chrome_begin_name("process_name", group, 0);
    stream_text("name", name);
    chrome_end_name("process_sort_index", group, 0, group);
}
