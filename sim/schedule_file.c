#define _GNU_SOURCE
#include "schedule_file.h"

#include <string.h>

#include "place.h"
#include "sentence.h"

/* A line that tells where an action was is one that can be read. */
enum { WHERE_MAX_BYTES = 640, LINE_MAX_BYTES = 1024 };

static FILE *record;
static char here[PLACE_TEXT_MAX]; /* the point that the run is at */
static uint32_t here_context, here_at;
static bool is_somewhere;

static struct step {
    struct steer_action action;
    char place[PLACE_TEXT_MAX];
    bool done, reached;
} steps[STEER_ACTIONS_MAX];
static unsigned step_count;

/* A point is asked for several times if something is done there: it is counted once. */
static void arrive(const struct steer_point *point)
{
    if (is_somewhere && here_context == point->context && here_at == point->at)
        return;
    is_somewhere = true;
    here_context = point->context;
    here_at = point->at;
    place_name(point, here, sizeof here);
}

static bool only_arrive(const struct steer_point *point, struct steer_action *action)
{
    (void)action;
    arrive(point);
    return false;
}

static void write_action(const struct steer_action *action)
{
    char what[16];
    char where[WHERE_MAX_BYTES];

    schedule_format_action(action, what, sizeof what);
    place_describe(where, sizeof where);
    fprintf(record, "# at %s\n%s %s %s\n", where, what, steer_context_name(action->context), here);
    fflush(record);
}

void schedule_file_record(FILE *file)
{
    record = file;
    steer_chooser = only_arrive;
    steer_on_action = write_action;
}

static bool follow(const struct steer_point *point, struct steer_action *action)
{
    arrive(point);
    for (unsigned i = 0; i < step_count; i++) {
        struct step *const step = &steps[i];

        if (step->done || step->action.context != point->context || strcmp(step->place, here) != 0)
            continue;
        step->reached = true; /* what can't be there (any more) is no fault of the schedule */
        if (!steer_is_possible(point, &step->action))
            continue;
        step->done = true;
        action->kind = step->action.kind;
        action->value = step->action.value;
        return true;
    }
    return false;
}

static const char *parse_step(char *text, struct step *step)
{
    if (sentence_has_control(text)) /* names are printed as they are */
        return "it holds a control character";
    char *const context = strchr(text, ' ');
    char *const place = context != NULL ? strchr(context + 1, ' ') : NULL;

    if (place == NULL)
        return "a line is ACTION CONTEXT FUNCTION+LINE KIND COUNT";
    *context = *place = '\0';
    if (!schedule_parse_action(text, &step->action))
        return "an action is 'tick', 'lineN' with N from 0 to 63, or 'coreN'";
    step->action.context = steer_context_find(context + 1);
    if ((size_t)snprintf(step->place, sizeof step->place, "%s", place + 1) >= sizeof step->place)
        return "the place is too long";
    return NULL;
}

const char *schedule_file_follow(FILE *file, unsigned *line)
{
    char text[LINE_MAX_BYTES];
    const char *why = NULL;

    step_count = 0;
    for (*line = 1; why == NULL && fgets(text, sizeof text, file) != NULL; ++*line) {
        if (strchr(text, '\n') == NULL && !feof(file))
            why = "the line is too long, or has a zero byte in it";
        text[strcspn(text, "\r\n")] = '\0';
        if (why != NULL || text[0] == '#' || text[0] == '\0')
            continue;
        if (step_count == STEER_ACTIONS_MAX)
            return "there are more than 128 actions";
        why = parse_step(text, &steps[step_count++]);
    }
    --*line;
    if (why == NULL && (ferror(file) || step_count == 0)) {
        why = ferror(file) ? "it can't be read" : "there is no action in it";
        *line = 0;
    }
    steer_chooser = follow;
    return why;
}

unsigned schedule_file_missed(void)
{
    unsigned missed = 0;

    for (unsigned i = 0; i < step_count; i++) {
        char what[16];

        if (steps[i].reached)
            continue;
        missed++;
        schedule_format_action(&steps[i].action, what, sizeof what);
        fprintf(stderr,
                "heapsim: schedule: the run never came to '%s' of '%s', where %s was to happen. If "
                "that code has changed, explore again with --schedule FILE.\n",
                steps[i].place, steer_context_name(steps[i].action.context), what);
    }
    return missed;
}
