# starts.sh N: starts replay N times, each under another layout of the address space, and demands
# that all map their regions where they were told to and give the same answer.
set -u
count=$1
vectors=$SOURCE/tests/starts/tiny.vec
expected="$vectors: 3 ops, 3 matched"
failed=0

if [ -r /proc/sys/kernel/randomize_va_space ] &&
    [ "$(cat /proc/sys/kernel/randomize_va_space)" -eq 0 ]; then
    echo "note: the addresses are not randomised here"
fi
for ((i = 0; i < count; i++)); do
    answer=$("$REPLAY" --verify "$vectors" 2>&1)
    code=$?
    if [ "$code" -ne 0 ] || [ "$answer" != "$expected" ]; then
        failed=$((failed + 1))
        echo "start $((i + 1)): exit code $code: $answer"
    fi
done
echo "$count starts, $failed failed"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
