/* The heap's memory and options: what the application's FreeRTOSConfig.h and its symbols say. */
#include "internal.h"

#include "../../heap/freertos_common.h"

/* The application's, where configAPPLICATION_ALLOCATED_HEAP is 1. */
extern uint8_t ucHeap[] __attribute__((weak));
extern void vApplicationGetRandomHeapCanary(uint32_t *pulHeapCanary) __attribute__((weak));

bool freertos_is_configured(void)
{
    return &heapsim_freertos_config != NULL;
}

/* --- options --- */

/* FreeRTOSConfig.h says so, unless --heap does. */
static void follow(struct heap_config *config, const char *key, tsize_t value)
{
    const int index = heap_option_index(config->ops, key);

    if (index >= 0 && config->option[index] == config->ops->options[index].standard)
        config->option[index] = value;
}

static void set_canary(struct heap_config *config)
{
    const int protector = heap_option_index(config->ops, "heap_protector");
    uint32_t canary;

    if (protector < 0 || config->option[protector] == 0 || vApplicationGetRandomHeapCanary == NULL)
        return;
    vApplicationGetRandomHeapCanary(&canary);
    follow(config, "canary", canary);
}

struct heap_config freertos_build_config(void)
{
    struct heap_config config = kernel.heap_config;

    if (freertos_heap_number() != 0 && freertos_is_configured()) {
        follow(&config, "align", heapsim_freertos_config.byte_alignment);
        follow(&config, "clear_on_free", heapsim_freertos_config.clear_on_free);
        follow(&config, "heap_protector", heapsim_freertos_config.heap_protector);
    }
    set_canary(&config);
    return config;
}

/* --- memory --- */

static const char *lay_out(void *begin, size_t size, struct heap_call call)
{
    const struct heap_config config = freertos_build_config();
    const struct heap_region region = {api_address(begin), (tsize_t)size, 0};

    if (ucHeap != NULL && !freertos_is_configured())
        return "no source file includes FreeRTOS.h, so its size is not known";
    return target_reaches(begin, size)
               ? heap_init(&kernel.system_heap, &config, "ucHeap", &region, 1, 0, call)
               : port_memory_refusal(begin, size);
}

void freertos_make_heap(void *ram, size_t size, struct heap_call call)
{
    void *const begin = ucHeap != NULL ? ucHeap : ram;

    if (freertos_heap_number() == 5) /* vPortDefineHeapRegions brings its memory */
        return;
    if (ucHeap != NULL)
        size = freertos_is_configured() ? heapsim_freertos_config.total_heap_size : 0;
    const char *const refusal = lay_out(begin, size, call);
    kernel.system_heap_live = refusal == NULL;
    if (refusal != NULL)
        api_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, refusal);
}
