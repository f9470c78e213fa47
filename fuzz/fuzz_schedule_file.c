/*
 * fuzz_schedule_file: one text as a schedule file (--schedule FILE) and as a schedule of the
 * command line (--inject). The latter is written and read again, and must be the same.
 */
#include <stdio.h>
#include <string.h>

#include "../sim/schedule_file.h"
#include "fail.h"
#include "target.h"
#include "text_input.h"

static void follow_file(const uint8_t *data, size_t size)
{
    FILE *const file = fopen(text_input_file(data, size), "r");
    const char *const text_end = (const char *)data + size;
    unsigned line = 0, lines = 1;
    const char *out, *err;

    if (file == NULL)
        fail("the input's file can't be read");
    for (const char *c = (const char *)data; c < text_end; c++)
        lines += *c == '\n';
    const char *const why = schedule_file_follow(file, &line);
    fclose(file);
    if (why != NULL)
        text_input_check_sentence(why);
    if (line > lines || (why != NULL && line == 0 && strncmp(why, "there is no action", 18) != 0))
        fail("a mistake is said to be in a line that there is not");
    text_input_listen();
    const unsigned missed = schedule_file_missed();
    text_input_hear(&out, &err);
    if (why == NULL && missed == 0)
        fail("a schedule of nothing is taken for one");
    text_input_check_lines(err);
}

static bool same_schedules(const struct schedule *a, const struct schedule *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct steer_action *const x = &a->actions[i];
        const struct steer_action *const y = &b->actions[i];

        if (x->context != y->context || x->at != y->at || x->kind != y->kind ||
            (x->kind != ACTION_TICK && x->value != y->value))
            return false;
    }
    return true;
}

static void inject(const uint8_t *data, size_t size)
{
    static char text[SCHEDULE_TEXT_MAX + 2];
    static struct schedule schedule, again;
    char written[SCHEDULE_TEXT_MAX];

    snprintf(text, sizeof text, "%.*s", (int)size, (const char *)data);
    const char *const why = schedule_parse(text, &schedule);
    if (why != NULL) {
        text_input_check_sentence(why);
        return;
    }
    schedule_format(&schedule, written, sizeof written);
    for (const char *c = written; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            fail("a control character of the schedule is printed");
    if (schedule_parse(written, &again) != NULL)
        fail("a schedule that was read and written can't be read");
    if (!same_schedules(&schedule, &again))
        fail("a schedule that was read and written reads otherwise");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fail_about("schedule_file");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    steer_start();
    follow_file(data, size);
    steer_start();
    inject(data, size);
    return 0;
}
