#define _GNU_SOURCE
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel/irq/irq.h"
#include "../kernel/task/task.h"
#include "sentence.h"

static const struct {
    const char *word;
    unsigned values; /* a number below this follows; 0: none */
} words[] = {[ACTION_TICK] = {"tick", 0},
             [ACTION_LINE] = {"line", IRQ_LINES},
             [ACTION_CORE] = {"core", CORES_MAX}};

void schedule_format_action(const struct steer_action *action, char *text, size_t size)
{
    if (words[action->kind].values == 0)
        snprintf(text, size, "%s", words[action->kind].word);
    else
        snprintf(text, size, "%s%u", words[action->kind].word, action->value);
}

void schedule_format(const struct schedule *schedule, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < schedule->count && used < size; i++) {
        const struct steer_action *const action = &schedule->actions[i];
        char what[16];

        schedule_format_action(action, what, sizeof what);
        used += (size_t)snprintf(text + used, size - used, "%s%s@%u:%s", i > 0 ? ";" : "",
                                 steer_context_name(action->context), action->at, what);
    }
}

static bool parse_number(const char *text, unsigned long below, unsigned long *number)
{
    char *end;

    *number = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number < below;
}

bool schedule_parse_action(const char *text, struct steer_action *action)
{
    unsigned long value = 0;

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t length = strlen(words[i].word);

        if (strncmp(text, words[i].word, length) != 0)
            continue;
        action->kind = (uint8_t)i;
        if (words[i].values == 0)
            return text[length] == '\0';
        if (!parse_number(text + length, words[i].values, &value))
            return false;
        action->value = (uint8_t)value;
        return true;
    }
    return false;
}

static const char *parse_one(char *text, struct steer_action *action)
{
    char *const at = strrchr(text, '@');
    char *const colon = at != NULL ? strchr(at, ':') : NULL;
    unsigned long number;

    if (colon == NULL || at == text)
        return "each part is CONTEXT@POINTS:ACTION, as in worker@57:tick";
    if (sentence_has_control(text)) /* names are printed as they are */
        return "it holds a control character";
    *at = *colon = '\0';
    if (!parse_number(at + 1, UINT32_MAX, &number))
        return "between '@' and ':' stands how many points of the context come before";
    if (!schedule_parse_action(colon + 1, action))
        return "an action is 'tick', 'lineN' with N from 0 to 63, or 'coreN'";
    action->at = (uint32_t)number;
    action->context = steer_context_find(text);
    return NULL;
}

const char *schedule_parse(const char *text, struct schedule *schedule)
{
    char copy[SCHEDULE_TEXT_MAX];
    char *rest = copy;
    const char *why = NULL;

    schedule->count = 0;
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return "it is too long";
    for (char *part; why == NULL && (part = strsep(&rest, ";\n")) != NULL;) {
        if (part[0] == '\0')
            continue;
        if (schedule->count == STEER_ACTIONS_MAX)
            return "it has more than 128 actions";
        why = parse_one(part, &schedule->actions[schedule->count++]);
    }
    return why;
}
