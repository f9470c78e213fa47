#!/bin/bash
# uart.sh CASE SHELL [TALK]: conversations with the scenario uart_shell.
set -u
here=$(dirname "$0")
case=$1 shell=$2 talk=${3:-}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $1"
    [ ! -s "$work/out" ] || cat "$work/out"
    exit 1
}

hash_of() { # OPTION...: the trace's, also without libmd
    "$shell" "$@" --trace-text "$work/trace" >"$work/out" 2>&1 || return
    sha256sum <"$work/trace"
}

# A recorded conversation is the same run again, and recorded again the same record.
replays() { # OPTION...
    local first
    first=$(sha256sum <"$work/live")
    [ "$first" = "$(hash_of --uart-script "$work/record" --uart-record "$work/again" "$@")" ] ||
        fail "the replay of what was recorded has another trace ($*)"
    cmp -s "$work/record" "$work/again" || fail "the record of the replay differs ($*)"
}

wait_for_answer() { # as long as a loaded host takes for it
    for _ in $(seq 400); do
        grep -qs "help, free" "$work/out" && return
        sleep 0.05
    done
}

case $case in
script)
    for cores in 1 4; do
        "$shell" --cores $cores --uart-script "$here/shell.uart" --uart-record "$work/record" \
            --trace-text "$work/live" >"$work/out" 2>&1 || fail "exit $?"
        # The backspace is on the wire as backspace, blank, backspace.
        tr -d '\r' <"$work/out" | sed 's/\x08 \x08/ /; /^heapsim: heap .* could have been /d' | diff "$here/shell.out" - || fail "another answer"
        replays --cores $cores
    done
    ;;
pipe)
    for cores in 1 4; do
        printf 'help\rfree\rexit\r' | "$shell" --cores $cores --uart stdio --uart-record "$work/record" \
            --trace-text "$work/live" >"$work/out" 2>&1 || fail "exit $?"
        grep -q "^bye" "$work/out" || fail "no answer to exit"
        replays --cores $cores
        printf 'help\r' | "$shell" --cores $cores --uart stdio --uart-record "$work/record" \
            --trace-text "$work/live" >"$work/out" 2>&1 || fail "exit $? at the end of input"
        grep -q "ns end$" "$work/record" || fail "the end of input is not in the record"
        grep -q "help, free" "$work/out" || fail "no answer before the end"
        replays --cores $cores
        rm "$work/out"
        (printf 'help\r' && wait_for_answer && sleep 0.3) | "$shell" --cores $cores --uart stdio \
            --uart-record "$work/record" --trace-text "$work/live" >"$work/out" 2>&1 ||
            fail "exit $? at an end that comes later"
        grep -qE "^[0-9]{9,}ns end$" "$work/record" || fail "the end has not the time at which it came"
        replays --cores $cores
    done
    ;;
pty)
    for cores in 1 4; do
        "$talk" "$shell" --cores $cores --uart pty --uart-record "$work/record" \
            --trace-text "$work/live" >"$work/out" 2>&1 || fail "the conversation on $cores cores"
        replays --cores $cores
    done
    ;;
interrupt)
    "$talk" interrupt "$shell" --uart pty --uart-record "$work/record" --trace-text "$work/live" \
        --irq-report >"$work/out" 2>&1 || fail "Ctrl-C"
    grep -q "uart-rx" "$work/out" || fail "no report after Ctrl-C"
    [ "$(wc -l <"$work/record")" -eq 6 ] || fail "the record is not complete: $(cat "$work/record")"
    [ "$(tail -c 1 "$work/live")" = "" ] || fail "the trace is not complete"
    ;;
deadlock) # a script that is used up is no excuse
    echo '1ms "help\r"' >"$work/script"
    "$shell" --uart-script "$work/script" >"$work/out" 2>&1
    [ $? -eq 4 ] || fail "no deadlock, though nobody types any more"
    echo '20ms end' >>"$work/script"
    "$shell" --uart-script "$work/script" >"$work/out" 2>&1 || fail "exit $? where the terminal hung up"
    ;;
parallel) # all of it by the wall clock
    for cores in 1 4; do
        set -- --engine parallel --cores $cores
        "$shell" "$@" --uart-script "$here/shell.uart" >"$work/out" 2>&1 || fail "exit $? with a script"
        tr -d '\r' <"$work/out" | sed 's/\x08 \x08/ /; /^heapsim: heap .* could have been /d' | diff "$here/shell.out" - || fail "another answer"
        printf 'help\rfree\rexit\r' | "$shell" "$@" --uart stdio >"$work/out" 2>&1 || fail "exit $? with a pipe"
        grep -q "^bye" "$work/out" || fail "no answer to exit"
        printf 'help\r' | "$shell" "$@" --uart stdio >"$work/out" 2>&1 || fail "exit $? at the end of input"
        grep -q "help, free" "$work/out" || fail "no answer before the end"
        "$talk" "$shell" "$@" --uart pty >"$work/out" 2>&1 || fail "the conversation on $cores cores"
        "$talk" interrupt "$shell" "$@" --uart pty --irq-report >"$work/out" 2>&1 || fail "Ctrl-C"
        grep -q "uart-rx" "$work/out" || fail "no report after Ctrl-C"
        echo '1ms "help\r"' >"$work/script"
        "$shell" "$@" --uart-script "$work/script" >"$work/out" 2>&1
        [ $? -eq 4 ] || fail "no deadlock, though nobody types any more"
    done
    ;;
bad)
    while IFS='|' read -r line text; do
        printf '1ms "a"\n%b\n' "$line" >"$work/script"
        "$shell" --uart-script "$work/script" >"$work/out" 2>&1
        [ $? -eq 2 ] || fail "'$line' is taken"
        grep -qF "script:2: $text" "$work/out" || fail "'$line' is not told as '$text'"
        [ "$(wc -l <"$work/out")" -eq 1 ] || fail "more than one line about '$line'"
    done <<'LIST'
x "a"|a line begins with a time
5 "a"|a line begins with a time
5m "a"|a line begins with a time
99999999999999999999s "a"|a line begins with a time
0ms "a"|its time is before
2ms a|after the time comes a string
2ms "a|in a string stand
2ms "\\q"|in a string stand
2ms "\\x4"|in a string stand
2ms "\t"|in a string stand
2ms "a" b|after the string nothing
2ms ending|after the time comes a string
LIST
    "$shell" --uart-script /nonexistent >"$work/out" 2>&1
    [ $? -eq 2 ] && grep -q "can't be read: No such file" "$work/out" || fail "a missing script"
    "$shell" --uart-record /nonexistent/x >"$work/out" 2>&1
    [ $? -eq 2 ] && grep -q "can't be written" "$work/out" || fail "a record that can't be written"
    "$shell" --uart tty >"$work/out" 2>&1
    [ $? -eq 2 ] && grep -q "'pty' or 'stdio', not 'tty'" "$work/out" || fail "--uart tty"
    "$shell" --uart stdio --uart-script "$here/shell.uart" >"$work/out" 2>&1
    [ $? -eq 2 ] && grep -q "either --uart or --uart-script" "$work/out" || fail "two terminals"
    ;;
*) exit 2 ;;
esac
