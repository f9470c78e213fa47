/* One leak each, or none: which, the argument says. */
#include <heapsim.h>
#include <rthw.h>
#include <rtthread.h>
#include <string.h>

struct node {
    struct node *next;
    char payload[20];
};

static struct node *list;
static char *held;
static rt_sem_t never;
static rt_mailbox_t box;
static char pool_memory[512];
static struct rt_mempool pool;

static __attribute__((noinline)) void *take(rt_size_t size)
{
    void *const block = rt_malloc(size);

    if (block != RT_NULL)
        memset(block, 0, size);
    return block;
}

/* Overwrites what is left of frames that are gone. */
static __attribute__((noinline)) void forget(void)
{
    volatile char bytes[2048];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = 0;
}

static void in_loop(void *argument)
{
    for (int i = 0; i < 3; i++) {
        take(40);
        rt_thread_mdelay(1);
    }
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static __attribute__((noinline)) int parse(const char *text)
{
    char *const copy = take(100);

    strcpy(copy, text);
    if (strchr(copy, '=') == NULL)
        return -1; /* the copy is forgotten */
    rt_free(copy);
    return 0;
}

static void on_error(void *argument)
{
    parse("a=1");
    parse("nothing");
    forget();
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static void isr(int line, void *argument)
{
    rt_malloc(24);
}

static void from_pool(void *argument)
{
    void *const first = rt_mp_alloc(&pool, RT_WAITING_FOREVER);

    rt_mp_alloc(&pool, RT_WAITING_FOREVER);
    rt_mp_free(first);
    forget();
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static __attribute__((noinline)) void add_nodes(void)
{
    for (int i = 0; i < 5; i++) {
        struct node *const node = take(sizeof *node);

        node->next = list;
        list = node;
    }
}

static void make_list(void *argument)
{
    add_nodes();
    if (argument != RT_NULL)
        list = RT_NULL; /* the head is lost, and with it all of them */
    forget();
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static void in_local(void *argument)
{
    char *const block = take(64);

    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
    rt_free(block);
}

static void ends(void *argument)
{
    char *const block = take(80);

    block[0] = 1;
}

static void in_static(void *argument)
{
    held = take(48);
    held += 5; /* into the middle of it */
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static void sends(void *argument)
{
    rt_mb_send(box, (rt_ubase_t)take(32));
    forget();
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static void grows(void *argument)
{
    static struct node *all;

    for (int i = 0; i < 20; i++) {
        struct node *const node = take(sizeof *node);

        node->next = all;
        all = node;
        rt_thread_mdelay(1);
    }
    held = take(300);
    rt_thread_mdelay(5);
    rt_free(held);
    held = RT_NULL;
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static void checks(void *argument)
{
    take(16);
    take(16);
    forget();
    rt_kprintf("%u leaked\n", sim_leak_check());
    take(8);
    forget();
    rt_kprintf("%u leaked\n", sim_leak_check());
    rt_kprintf("%u leaked\n", sim_leak_check());
    held = take(200);
    sim_heap_report();
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static void argument_of(void *argument)
{
    rt_thread_mdelay(1);
}

static void misuses(void *argument)
{
    take(40);
    rt_free(&held);
    forget();
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static void nothing(void *argument)
{
    forget();
    rt_sem_take(never, RT_WAITING_FOREVER);
}

static const struct {
    const char *name;
    void (*run)(void *argument);
} cases[] = {{"loop", in_loop},   {"error", on_error},   {"pool", from_pool},
             {"list", make_list}, {"lost", make_list},   {"local", in_local},
             {"ended", ends},     {"static", in_static}, {"message", sends},
             {"growth", grows},   {"check", checks},     {"argument", argument_of},
             {"misuse", misuses}, {"isr", nothing},      {"objects", nothing},
             {"failed", in_loop}, {"deadlock", in_loop}};

static void start(const char *name)
{
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(cases[i].name, name) != 0)
            continue;
        void *argument = strcmp(name, "lost") == 0 ? "lost" : RT_NULL;
        if (strcmp(name, "argument") == 0)
            argument = take(56);
        rt_thread_startup(rt_thread_create("worker", cases[i].run, argument, 4096, 5, 10));
    }
}

/* Of each kind one that nobody names any more. */
static void make_objects(void)
{
    rt_sem_create("s", 0, RT_IPC_FLAG_FIFO);
    rt_mutex_create("m", RT_IPC_FLAG_PRIO);
    rt_event_create("e", RT_IPC_FLAG_FIFO);
    rt_mb_create("b", 4, RT_IPC_FLAG_FIFO);
    rt_mq_create("q", 8, 4, RT_IPC_FLAG_FIFO);
    rt_mp_create("p", 4, 16);
    rt_timer_create("t", argument_of, RT_NULL, 10, 0);
}

const struct sim_argument sim_arguments[] = {
    {"case",
     "loop|error|pool|list|lost|local|ended|static|message|growth|check|argument|misuse|"
     "isr|objects|failed|deadlock|main",
     "loop", "what leaks"},
    {0}};

int main(void)
{
    const char *const name = sim_argument("case");

    never = rt_sem_create("never", 0, RT_IPC_FLAG_FIFO);
    box = rt_mb_create("box", 4, RT_IPC_FLAG_FIFO);
    rt_mp_init(&pool, "pool", pool_memory, sizeof pool_memory, 32);
    if (strcmp(name, "main") == 0) {
        char *const block = take(72);
        block[0] = 1;
    }
    if (strcmp(name, "objects") == 0)
        make_objects();
    if (strcmp(name, "isr") == 0) {
        rt_hw_interrupt_install(3, isr, RT_NULL, "device");
        rt_hw_interrupt_umask(3);
        sim_device(3, 500, 1000, 0, 4);
    }
    start(name);
    if (strcmp(name, "deadlock") == 0)
        rt_sem_take(never, RT_WAITING_FOREVER);
    rt_thread_mdelay(40);
    return strcmp(name, "failed") == 0 ? 1 : 0;
}
