# Command lines that are wrong: exit 2 and one sentence that names the culprit.
. "$SOURCE/tests/cli/lib.bash"
trace=$work/good.trace

refuses "no file is named"
refuses "no file is named" --verify
refuses "no file is named" --heap rt-small-mem
refuses "--foo" --foo "$trace"
refuses "unrecognized option '--foo'" "$trace" --foo
refuses "'y'" -y "$trace"
refuses "--region" --region
refuses "--heap" "$trace" --heap
refuses "--verify" --verify=yes "$trace"
refuses "ambiguous" --he "$trace"

refuses "there is no heap 'nothing'; heaps are: rt-small-mem" --heap nothing "$trace"
refuses "there is no heap ''" --heap "" "$trace"
refuses "has no option 'colour'; its options are: align" --heap rt-small-mem:colour=red "$trace"
refuses "'align' is no option" --heap rt-small-mem:align "$trace"
refuses "option align can't be '7': it takes a power of two from 4 to 32" \
    --heap rt-small-mem:align=7 "$trace"
refuses "option memtrace can't be 'yes'" --heap rt-small-mem:align=4,memtrace=yes "$trace"
refuses "option block_size can't be '0'" --heap rt-mempool:block_size=0 "$trace"
refuses "more than 64 heaps" $(for i in $(seq 65); do echo --heap rt-small-mem; done) "$trace"

refuses "more than 64 heaps" $(for i in $(seq 5); do echo --heap all; done) "$trace"

# What is printed of the command line has no control characters, and no half of a character.
refuses "there is no heap '?[2J'" --heap $'\e[2J' "$trace"
refuses "there is no option '--fo?o'" $'--fo\eo' "$trace"
refuses "there is no option '-" $'-\xff' "$trace"
refuses "there is no option '-?'" --heap -- $'-\n' "$trace"

refuses "there is no board 'nothing'; boards are stm32f103" --board nothing "$trace"
refuses "another region has that name" --board stm32f103 --board stm32f103 "$trace"
refuses "--quirks is 'safe' or 'faithful', not 'Faithful'" --quirks=Faithful "$trace"
refuses "not ''" --quirks= "$trace"
refuses "--on-violation is 'stop', 'report' or 'return', not 'exit'" --on-violation=exit "$trace"
refuses "leave --heap out" --verify --heap rt-small-mem "$work/good.vec"

answers 0 "--region=NAME=BASE:SIZE" --help
answers 0 "rt-small-mem" --list-heaps
answers 0 "block_size" --list-heaps
finish
