/* The same for OneOS. */
#include <heapsim.h>
#include <oneos_config.h>
#include <os_memory.h>
#include <os_mq.h>
#include <os_sem.h>
#include <os_task.h>
#include <string.h>
