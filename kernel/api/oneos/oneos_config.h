/*
 * The configuration that heapsim's OneOS has, 2.1.0. What upstream fixes here and what moves heap
 * blocks (OS_NAME_MAX, OS_USING_MEM_TRACE, OS_ALG_BUDDY_MAX_BLOCK_SIZE, the algorithms) is an
 * option of the run instead: --heap oneos-mixed:name_max=31,buddy_max_block=1M. The macros below
 * are what an application may read.
 */
#ifndef __ONEOS_CONFIG_H__
#define __ONEOS_CONFIG_H__

#ifndef OS_NAME_MAX
#define OS_NAME_MAX 15
#endif
#ifndef OS_TICK_PER_SECOND
#define OS_TICK_PER_SECOND 100
#endif
#define OS_TASK_PRIORITY_MAX    32
#define OS_MAIN_TASK_STACK_SIZE 2048
#define OS_USING_ASSERT
#define OS_USING_HEAP
#define OS_USING_MEM_HEAP
#define OS_USING_ALG_FIRSTFIT
#define OS_USING_ALG_BUDDY
#define OS_CONSOLE_BUFFER_SIZE 256

#endif
