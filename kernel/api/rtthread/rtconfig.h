/*
 * The configuration that heapsim's RT-Thread has. What upstream fixes here and what moves heap
 * blocks (RT_ALIGN_SIZE, RT_NAME_MAX, RT_USING_MEMTRACE) is an option of the run instead:
 * --heap rt-small-mem:align=4,name_max=12. The macros below are what an application may read.
 */
#ifndef RT_CONFIG_H__
#define RT_CONFIG_H__

#ifndef RT_NAME_MAX
#define RT_NAME_MAX 8
#endif
#ifndef RT_ALIGN_SIZE
#define RT_ALIGN_SIZE 8
#endif
#ifndef RT_TICK_PER_SECOND
#define RT_TICK_PER_SECOND 1000
#endif
#define RT_THREAD_PRIORITY_MAX 32
#define RT_USING_SEMAPHORE
#define RT_USING_MUTEX
#define RT_USING_EVENT
#define RT_USING_MAILBOX
#define RT_USING_MESSAGEQUEUE
#define RT_USING_TIMER_SOFT
#define RT_TIMER_THREAD_PRIO 4
#define RT_USING_HEAP
#define RT_USING_SMALL_MEM
#define RT_USING_SMALL_MEM_AS_HEAP
#define RT_USING_HOOK
#define RT_USING_CONSOLE
#define RT_CONSOLEBUF_SIZE 256

#endif
