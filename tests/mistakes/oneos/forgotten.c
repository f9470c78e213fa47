/*
 * Of two parts of a message one is freed.
 *
 * Expected: leak
 * Run: --leaks --heap oneos-mixed
 * Run: --leaks --heap oneos-buddy
 * Says: task 'main'
 */
#include <os_memory.h>

struct message {
    char *head, *body;
};

static void receive(struct message *message)
{
    message->head = os_malloc(16);
    message->body = os_malloc(100); /* TAKEN */
    message->head[0] = message->body[0] = 1;
}

static void discard(struct message *message)
{
    os_free(message->head);
}

int main(void)
{
    struct message message;

    receive(&message);
    discard(&message);
    message.body = OS_NULL;
    return message.body != OS_NULL;
}
