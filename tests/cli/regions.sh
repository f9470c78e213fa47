# Regions and boards: what can't be mapped says why; every board runs.
. "$SOURCE/tests/cli/lib.bash"
trace=$work/good.trace

bad() { # WORDS REGION...
    local words=$1 options=()
    shift
    for region; do options+=(--region "$region"); done
    refuses "$words" --heap rt-small-mem "${options[@]}" "$trace"
    grep -qF -e "${!#}" "$work/err" || grep -q "region ${!#%%=*} " "$work/err" ||
        fail "${!#} is not named: $(cat "$work/err")"
}

bad "NAME=BASE:SIZE" ram
bad "NAME=BASE:SIZE" ""
bad "NAME=BASE:SIZE" ram=0x20000000
bad "NAME=BASE:SIZE" =0x20000000:64K
bad "'start' is no address" ram=start:64K
bad "'64KB' is no size" ram=0x20000000:64KB
bad "'-1' is no size" ram=0x20000000:-1
bad "it is empty" ram=0x20000000:0
bad "above 4 GiB" ram=0xfffff000:8K
bad "above 4 GiB" ram=0x100000000:64K
bad "above 4 GiB" ram=0x20000000:4096M
bad "below 0x10000" ram=0x8000:64K
bad "the program itself lies from" ram=0x08000000:64K
bad "another region has that name" ram=0x20000000:64K ram=0x30000000:64K
bad "it overlaps region ram (0x20000000 to 0x20010000)" ram=0x20000000:64K more=0x2000ffff:64K
bad "NAME=BASE:SIZE" a=0x20000000:4K an-overlong-name-for-a-ram=0x30000000:4K

refuses "no rt-small-mem heap in 64 bytes at 0x20000000: it is too small" \
    --heap rt-small-mem --region ram=0x20000000:64 "$trace"
refuses "no rt-small-mem heap in 87 bytes" \
    --heap rt-small-mem --region ram=0x20000000:87 "$trace"
answers 1 "NO" --heap rt-small-mem --region ram=0x20000000:88 "$trace"

# Odd, adjacent and page-sharing ones; the heap takes the first.
answers 0 "yes" --heap rt-small-mem --region ram=0x20000003:8191 "$trace"
answers 0 "takes one region; it has the one at 0x20001000" --heap rt-small-mem \
    --region b=0x20001000:4K --region a=0x20000000:4K --region c=0x20002000:100 "$trace"

if with_asan; then
    for region in ram=0x80000000:64K ram=0x7fff0000:64K ram=0xfffff000:4K; do
        [ "$(uname -m)" = x86_64 ] && bad "AddressSanitizer's shadow memory" "$region"
    done
else
    answers 0 "yes" --heap rt-small-mem --region a=0x90000000:8K --region b=0x90002000:4K \
        --region c=0x8ffff000:4K "$trace"
    answers 0 "yes" --heap rt-small-mem --region a=0x7fffe000:16K "$trace"
fi

boards=$("$REPLAY" --board nothing x 2>&1 | sed 's/.*boards are //; s/,//g')
[ "$(echo "$boards" | wc -w)" -ge 4 ] || fail "too few boards: $boards"
for board in $boards; do
    answers 0 "yes" --heap rt-small-mem --board "$board" "$trace"
    answers 0 "rt-mempool" --heap rt-mempool --board "$board" "$trace"
done
finish
