#!/bin/sh
# purity.sh SOURCE NM LIBRARY...: the kernel knows its host through port.h only. What its libraries
# leave undefined is port_*, a few functions of string.h, and what compilers and sanitizers call by
# themselves; its sources include no host header.
set -u
source=$1 nm=$2
shift 2
result=0

undefined=$("$nm" --undefined-only "$@" | awk 'NF == 2 { print $2 }' | sort -u)
defined=$("$nm" --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u)
[ -n "$undefined" ] && [ -n "$defined" ] || { echo "nm tells nothing of $*"; exit 1; }

for symbol in $undefined; do
    case $symbol in
    port_*) continue ;;
    memcpy | memset | memmove | memcmp | strcmp | strlen) continue ;;
    # begin and end of the sections of INIT_..._EXPORT, by the linker
    __start_rti_fn_[1-6] | __stop_rti_fn_[1-6]) continue ;;
    # what a FreeRTOS application may define; weak
    ucHeap | vApplicationMallocFailedHook | vApplicationGetRandomHeapCanary) continue ;;
    heapsim_freertos_config) continue ;;
    # 64-bit arithmetic of 32-bit builds, position-independent leftovers, sanitizers
    __ctzdi2 | __udivdi3 | __umoddi3 | __divdi3 | __moddi3 | __udivmoddi4 | _GLOBAL_OFFSET_TABLE_) continue ;;
    __stack_chk_fail | __gcov_* | __asan_* | __ubsan_* | __sanitizer_* | __tsan_*) continue ;;
    esac
    if ! printf '%s\n' "$defined" | grep -qxF -- "$symbol"; then
        echo "the kernel needs $symbol, which is none of port.h's:"
        "$nm" -A --undefined-only "$@" | grep -w -- "$symbol"
        result=1
    fi
done

includes=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' "$source/kernel" |
    grep -vE '<(stdarg|stdatomic|stdbool|stddef|stdint|string|FreeRTOSConfig)\.h>')
if [ -n "$includes" ]; then
    printf '%s\n' "the kernel includes a header that is not freestanding:" "$includes"
    result=1
fi
outside=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*".*/(sim|replay|tests|bench|fuzz|scenarios)/' "$source/kernel")
if [ -n "$outside" ]; then
    printf '%s\n' "the kernel includes what stands above it:" "$outside"
    result=1
fi
exit $result
