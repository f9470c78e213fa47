"""gdb commands for programs that heapsim runs: who has which memory, and which task waits for what.

    heapsim tasks                  the tasks
    heapsim heap [NAME [blocks]]   the heaps and pools, and who holds their memory
    heapsim block ADDRESS          what the ledger knows of a block
    heapsim why ADDRESS            what lies at an address

All of it is read from the program's memory by its debug information. Nothing of the program is
called, so a core file tells the same.
"""

import struct

import gdb

DEED = ("time", "number", "who", "call", "frames")


# --- reading the program's memory ---


def evaluate(expression):
    try:
        return gdb.parse_and_eval(expression)
    except gdb.error as error:
        raise gdb.GdbError("heapsim: %s: is this a program of heapsim, with debug information?"
                           % error)


def number_of(expression):
    return int(evaluate(expression))


def read(address, size):
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except gdb.error as error:
        raise gdb.GdbError("heapsim: the program's memory can't be read (%s): start it, or load a "
                           "core file" % error)


def word(address):
    return struct.unpack("<I", read(address, 4))[0]


def has_field(type_name, field):
    return field in [f.name for f in gdb.lookup_type(type_name).fields()]


def offset_of(type_name, field):
    for f in gdb.lookup_type(type_name).fields():
        if f.name == field:
            return f.bitpos // 8
    raise gdb.GdbError("heapsim: %s has no %s: the commands are of another version" %
                       (type_name, field))


def entries(head, type_name, member):
    """The structs on a circular list."""
    offset = offset_of(type_name, member)
    pointer = gdb.lookup_type(type_name).pointer()
    node = head["next"]
    while int(node) != int(head.address) and int(node) != 0:
        yield gdb.Value(int(node) - offset).cast(pointer).dereference()
        node = node["next"]


def text(value):
    """Of a char array or pointer."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and int(value) == 0:
        return ""
    return value.string(errors="replace")


def parse_address(argument):
    if not argument:
        raise gdb.GdbError("heapsim: which address?")
    return int(evaluate(argument).cast(gdb.lookup_type("unsigned long")))


# --- what the program calls things ---


def plural(count, noun):
    return "%d %s%s" % (count, noun, "" if count == 1 else "s")


def micros(time):
    return "%d.%03d us" % (time // 1000, time % 1000)


def place(address):
    """A return address as "function (file:line)"."""
    line = gdb.find_pc_line(address - 1)
    block = gdb.block_for_pc(address - 1)
    while block is not None and block.function is None:
        block = block.superblock
    return "%s (%s:%d)" % (block.function if block is not None else hex(address),
                           line.symtab.filename.rsplit("/", 1)[-1], line.line)


def own_folders():
    """Where heapsim's own sources lie: those of the kernel and of the simulator."""
    symbol = gdb.lookup_global_symbol("kernel_init")
    if symbol is None:
        raise gdb.GdbError("heapsim: this is no program of heapsim, or it has no debug information")
    root = symbol.symtab.fullname()[:-len("kernel/kernel.c")]
    return root + "kernel/", root + "sim/"


def of_application(frames):
    """Of return addresses those of the application's own code."""
    ours = own_folders()
    found = []
    for frame in frames:
        symtab = gdb.find_pc_line(frame - 1).symtab if frame != 0 else None
        if symtab is not None and not symtab.fullname().startswith(ours):
            found.append(frame)
    return found


def way(frames, most=None):
    places = [place(f) for f in of_application(frames)[:most]]
    return " at " + " < ".join(places) if places else ""


def symbol_of(address):
    """The static data or code at an address, or None."""
    said = gdb.execute("info symbol 0x%x" % address, to_string=True)
    if said.startswith("No symbol"):
        return None
    name, section = said.split(" in section ")[:2]
    return "%s %s" % ("code of" if section.startswith(".text") else "static data", name)


# --- the ledger ---


class Record:
    """What is known of one block."""

    def __init__(self, ledger, at, raw):
        self.at = at
        self.address, self.size, self.usable, self.heap = (
            struct.unpack_from("<I", raw, offset)[0] for offset in ledger.offsets)
        self.taken = ledger.deed(raw, ledger.taken)
        self.freed = ledger.deed(raw, ledger.freed)
        heap = ledger.heaps.get(self.heap)
        self.is_live = self.freed["number"] == 0 and heap is not None and heap["is_live"]

    @property
    def end(self):
        return self.address + max(self.usable, 1)

    def holds(self, address):
        return self.address <= address < self.end


class Ledger:
    """All records, as they are now."""

    def __init__(self):
        table = evaluate("'sim/ledger.c'::ledger")
        self.is_kept = int(evaluate("'sim/ledger.c'::ledger_on")) != 0 and int(table) != 0
        self.heaps, self.records = {}, []
        if not self.is_kept:
            return
        self.table = table
        self.run = int(table["run"])
        self.read_heaps()
        self.read_records()

    def read_heaps(self):
        for i in range(number_of("'sim/ledger.c'::LEDGER_HEAPS")):
            h = self.table["heaps"][i]
            if int(h["number"]) == 0 or int(h["run"]) != self.run:
                continue
            self.heaps[int(h["number"])] = {
                "name": text(h["name"]), "title": text(h["title"]),
                "is_live": int(h["heap"]) != 0,
                "live": int(h["live"]), "live_peak": int(h["live_peak"]),
                "bytes": int(h["bytes"]), "bytes_peak": int(h["bytes_peak"]),
                "lowest": int(h["lowest"]), "highest": int(h["highest"])}

    def read_records(self):
        block = "struct ledger_block"
        size = gdb.lookup_type(block).sizeof
        used = int(self.table["used"])
        begin = int(self.table["blocks"][0].address)
        self.offsets = [offset_of(block, f) for f in ("address", "size", "usable", "heap")]
        self.taken, self.freed = offset_of(block, "taken"), offset_of(block, "freed")
        self.parts = {f: offset_of("struct ledger_deed", f) for f in DEED}
        self.depth = number_of("'sim/ledger.c'::LEDGER_FRAMES")
        raw = read(begin, used * size) if used > 0 else b""
        for i in range(used):
            self.records.append(Record(self, begin + i * size, raw[i * size:(i + 1) * size]))

    def deed(self, raw, offset):
        formats = {"time": "<Q", "frames": "<%dI" % self.depth}
        deed = {}
        for field in DEED:
            found = struct.unpack_from(formats.get(field, "<I"), raw, offset + self.parts[field])
            deed[field] = found if field == "frames" else found[0]
        return deed

    def demand(self):
        if not self.is_kept:
            raise gdb.GdbError("heapsim: no ledger is kept: the program has not started, or runs "
                               "with --no-ledger")
        return self

    def find(self, address):
        """A live block with that byte, the innermost; else the one freed last; else None."""
        found = [r for r in self.records if r.holds(address)]
        live = [r for r in found if r.is_live]
        if live:
            return min(live, key=lambda r: r.usable)
        return max(found, key=lambda r: r.freed["number"], default=None)

    def live_of(self, heap):
        return sorted((r for r in self.records if r.is_live and r.heap == heap),
                      key=lambda r: r.address)

    def heap_name(self, number):
        heap = self.heaps.get(number)
        return "heap '%s' (%s)" % (heap["name"], heap["title"]) if heap else "a heap that is gone"

    def who(self, who):
        task = who & number_of("'sim/ledger.c'::WHO_TASK")
        name = self.table["names"][task % number_of("'sim/ledger.c'::NAMES")]
        if task == 0:
            task_name = None
        elif int(name["id"]) == task and int(name["run"]) == self.run:
            task_name = text(name["text"])
        else:
            task_name = "a task that has ended"
        if who >> 31:
            line = who >> number_of("'sim/ledger.c'::WHO_LINE_SHIFT") & 0x7f
            what = ("the tick interrupt" if line == number_of("'sim/ledger.c'::IRQ_TICK")
                    else "the interrupt of line %d" % line)
            return "%s, over task '%s'" % (what, task_name)
        return "task '%s'" % task_name if task_name else "the program before the scheduler started"

    def tell_deed(self, verb, deed):
        call = text(gdb.Value(deed["call"]).cast(gdb.lookup_type("char").pointer()))
        return "  %s by %s at %s, with %s%s." % (verb, self.who(deed["who"]), micros(deed["time"]),
                                                call or "a call", way(deed["frames"]))

    def tell(self, r, address=None):
        lines = ["  The block: 0x%x, %s%s, %s%s." % (
            r.address, plural(r.size, "byte"),
            " (%d given)" % r.usable if r.usable > r.size else "", self.heap_name(r.heap),
            "; the address is %s into it" % plural(address - r.address, "byte")
            if address is not None and address > r.address else "")]
        lines.append(self.tell_deed("Allocated", r.taken))
        if r.freed["number"] != 0:
            lines.append(self.tell_deed("Freed", r.freed))
        elif not r.is_live:
            lines.append("  Its heap is gone.")
        return "\n".join(lines)


# --- heaps ---


def state_of(heap, type_name):
    return heap["state"]["bytes"].address.cast(gdb.lookup_type(type_name).pointer()).dereference()


def in_control(file, type_name):
    """RT-Thread's: the figures lie in the heap's own memory, in its control block."""
    def figures(heap):
        control = int(state_of(heap, type_name)["control"])
        return tuple(word(control + number_of("'%s'::CONTROL_%s" % (file, which)))
                     for which in ("USED", "MAX", "TOTAL"))
    return figures


def of_memheap(heap):
    s = state_of(heap, "struct memheap")
    controls = [s["regions"][int(s["order"][i])]["control"] for i in range(int(s["count"]))]
    used = sum(int(c["pool_size"]) - int(c["available"]) for c in controls)
    most = int(controls[0]["max_used"]) if len(controls) == 1 else int(s["used_max"])
    return used, most, sum(int(c["pool_size"]) for c in controls)


def of_freertos(heap):
    s = state_of(heap, "struct freertos_heap")
    total = int(s["total"])
    return total - int(s["free"]), total - int(s["low"]), total


def of_tlsf(heap):
    s = state_of(heap, "struct tlsf")
    return int(s["used"]), int(s["used_max"]), int(s["total"])


def of_pool(heap):
    s = state_of(heap, "struct mempool_blocks")
    stride = int(s["stride"])
    return ((int(s["total"]) - int(s["free"])) * stride, int(s["used_max"]) * stride,
            int(s["total"]) * stride)


def oneos_regions(heap):
    if text(heap["ops"]["name"]) == "oneos-small":
        return [state_of(heap, "struct heap_1x")["region"]]
    s = state_of(heap, "struct oneos")
    return [s["region"][i] for i in range(int(s["count"]))]


def of_oneos(heap):
    at = [int(r["figures"]) for r in oneos_regions(heap)]
    return tuple(sum(word(a + number_of("(int)ONEOS_" + which)) for a in at)
                 for which in ("USED", "USED_MAX", "TOTAL"))


# allocator, or how its name begins: (used, most, total) of a heap, and bytes before each block
ALLOCATORS = (
    ("rt-small-mem", in_control("kernel/heap/rt_small_mem.c", "struct small_mem"),
     lambda h: int(state_of(h, "struct small_mem")["header"])),
    ("rt-slab", in_control("kernel/heap/rt_slab.c", "struct slab"), lambda h: 0),
    ("rt-memheap", of_memheap, lambda h: int(state_of(h, "struct memheap")["layout"]["header"])),
    ("rt-mempool", of_pool, lambda h: 4),
    ("tlsf", of_tlsf, lambda h: 4),
    ("freertos-", of_freertos, lambda h: int(state_of(h, "struct freertos_heap")["header"])),
    ("oneos-", of_oneos, lambda h: max(int(r["header"]) for r in oneos_regions(h))),
)


def of_allocator(heap, which, otherwise):
    name = text(heap["ops"]["name"])
    for row in ALLOCATORS:
        if name.startswith(row[0]):
            try:
                return row[which](heap)
            except (gdb.error, gdb.GdbError):
                return otherwise # no debug information of that allocator
    return otherwise


def live_heaps():
    heap = evaluate("kernel.heap_list")
    while int(heap) != 0:
        yield heap.dereference()
        heap = heap["next"]


def regions(heap):
    return [(int(heap["regions"][i]["begin"]), int(heap["regions"][i]["size"]))
            for i in range(int(heap["region_count"]))]


def heap_around(address):
    """The live heap with that byte in a region; the inner one, if it lies in another's block."""
    found = [(size, int(h["number"]), h) for h in live_heaps() for begin, size in regions(h)
             if begin <= address < begin + size]
    return min(found, key=lambda f: f[:2])[2] if found else None


def show_heap(heap, ledger, most_holders=5):
    number = int(heap["number"])
    print("heap '%s' (%s)" % (text(heap["name"]), text(heap["ops"]["title"])))
    for begin, size in regions(heap):
        print("  region 0x%x to 0x%x, %s" % (begin, begin + size - 1, plural(size, "byte")))
    figures = of_allocator(heap, 1, None)
    if figures is not None:
        print("  used %d, at most %d, of %d bytes (as the allocator counts)" % figures)
    known = ledger.heaps.get(number)
    if known is None:
        print("  no ledger is kept of its blocks")
        return
    print("  %s live, of %s; at most %s, and %s" %
          (plural(known["live"], "block"), plural(known["bytes"], "byte"),
           plural(known["live_peak"], "block"), plural(known["bytes_peak"], "byte")))
    holders = {}
    for r in ledger.live_of(number):
        site = (of_application(r.taken["frames"]) or [0])[0]
        sums = holders.setdefault((site, r.taken["who"]), [0, 0])
        sums[0] += r.size
        sums[1] += 1
    ranked = sorted(holders.items(), key=lambda item: (-item[1][0], item[0]))
    for (site, who), (size, count) in ranked[:most_holders]:
        print("    %s in %s: %s, by %s" % (plural(size, "byte"), plural(count, "block"),
                                           place(site) if site else "the kernel's start",
                                           ledger.who(who)))
    if len(ranked) > most_holders:
        print("    and %s" % plural(len(ranked) - most_holders, "other place"))


def show_blocks(heap, ledger):
    ledger.demand()
    print("%-10s %9s %9s  %-14s  %s" % ("ADDRESS", "ASKED", "GIVEN", "SINCE", "BY"))
    for r in ledger.live_of(int(heap["number"])):
        print("0x%08x %9d %9d  %-14s  %s%s" % (r.address, r.size, r.usable,
                                              micros(r.taken["time"]), ledger.who(r.taken["who"]),
                                              way(r.taken["frames"], 1)))


# --- tasks ---


def tasks():
    found, seen = [], set()
    for task in entries(evaluate("kernel.tasks"), "struct task", "all_link"):
        found.append(task)
        seen.add(int(task.address))
    for i in range(number_of("kernel.core_count")):
        idle = evaluate("kernel.cores[%d].idle" % i)
        if int(idle["id"]) != 0 and int(idle.address) not in seen:
            found.append(idle)
    return found


def stack_of(task):
    """(lowest address, size) of its host stack, or None."""
    if int(task["carrier"]) == 0:
        return None
    carrier = task["carrier"].cast(gdb.lookup_type("struct carrier").pointer())
    if int(carrier["stack"]) == 0:
        return None
    return int(carrier["stack"]), int(carrier["stack_size"])


def stack_use(task):
    """What was written of its host stack, by this task or one that had it before."""
    stack = stack_of(task)
    declared = int(task["stack_size"]) if has_field("struct task", "stack_size") else 0
    if stack is None:
        return "-"
    try:
        touched = len(read(*stack).lstrip(b"\0"))
    except gdb.GdbError:
        return "?" # not all of it is in the core file
    return "%d of %d%s" % (touched, stack[1], ", declared %d" % declared if declared else "")


def waits_for(task):
    if str(task["state"]) != "TASK_BLOCKED":
        return ""
    queue = task["waiting_on"]
    said = "time"
    if int(queue) != 0 and int(queue) != int(evaluate("&kernel.sleepers")):
        said = "%s '%s'" % (text(queue["kind"]), text(queue["name"]))
        if int(queue["mutex"]) != 0 and int(queue["mutex"]["owner"]) != 0:
            said += ", held by task '%s'" % text(queue["mutex"]["owner"]["name"])
    if int(task["timeout"]["active"]) != 0:
        said += ", until tick %d" % int(task["timeout"]["tick"])
    return said


def show_tasks():
    print("tick %d, %d a second" % (number_of("kernel.tick"),
                                    number_of("kernel.ticks_per_second")))
    rows = [("NAME", "PRIORITY", "STATE", "CORE", "HOST STACK", "WAITS FOR")]
    for task in tasks():
        priority, base = int(task["priority"]), int(task["base_priority"])
        core = int(task["core"])
        rows.append((text(task["name"]),
                     "%d" % priority if priority == base else "%d (raised from %d)" % (priority, base),
                     str(task["state"]).replace("TASK_", "").lower(),
                     "-" if core == number_of("(int)TASK_NO_CORE") else "%d" % core,
                     stack_use(task), waits_for(task)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


# --- what lies at an address ---


def in_heap(address, heap, ledger):
    number = int(heap["number"])
    name = "heap '%s' (%s)" % (text(heap["name"]), text(heap["ops"]["title"]))
    if not ledger.is_kept:
        return "in %s; no ledger is kept of its blocks" % name
    live = ledger.live_of(number)
    here = [r for r in live if r.holds(address)]
    if here:
        r = here[0]
        what = "in a live block" if address < r.address + max(r.size, 1) else "in the slack behind a live block"
        return "%s of %s\n%s" % (what, name, ledger.tell(r, address))
    before = max((r for r in live if r.end <= address), key=lambda r: r.end, default=None)
    after = min((r for r in live if r.address > address), key=lambda r: r.address, default=None)
    between = "between %s and %s" % (
        "the block at 0x%x" % before.address if before else "the heap's begin",
        "the block at 0x%x" % after.address if after else "the heap's end")
    if after is not None and after.address - address <= of_allocator(heap, 2, 0):
        return "in the header of the block at 0x%x, %s, in %s\n%s" % (after.address, between, name,
                                                                     ledger.tell(after))
    freed = [r for r in ledger.records if not r.is_live and r.heap == number and r.holds(address)]
    if freed:
        r = max(freed, key=lambda r: r.freed["number"])
        return "in free memory of %s, %s; it was a block's\n%s" % (name, between,
                                                                  ledger.tell(r, address))
    known = ledger.heaps[number]
    if address >= known["highest"] or known["lowest"] > known["highest"]:
        return "in memory of %s that was never given out, %s" % (name, between)
    return ("in %s, %s: the allocator's own words, or memory that was never given out" %
            (name, between))


def is_in(address, table, count):
    """True for an address in one of the ranges of a table."""
    size = number_of("sizeof(%s[0])" % table)
    used = number_of(count)
    raw = read(number_of("(unsigned long)&%s[0]" % table), used * size) if used > 0 else b""
    if size == 8: # begin and size; else begin and end, of 64 bits
        return any(b <= address < b + n for b, n in struct.iter_unpack("<II", raw))
    return any(b <= address < e for b, e in struct.iter_unpack("<QQ", raw))


def why(address, ledger):
    heap = heap_around(address)
    if heap is not None:
        return in_heap(address, heap, ledger)
    for task in tasks():
        stack = stack_of(task)
        if stack is not None and stack[0] <= address < stack[0] + stack[1]:
            return "on the host stack of task '%s', %d bytes above its lowest end" % (
                text(task["name"]), address - stack[0])
        if stack is not None and stack[0] - 4096 <= address < stack[0]:
            return "on the guard page below the host stack of task '%s'" % text(task["name"])
    old = ledger.find(address) if ledger.is_kept else None
    for i in range(number_of("'sim/arena.c'::region_count")):
        region = evaluate("'sim/arena.c'::regions[%d]" % i)
        if int(region["base"]) <= address < int(region["base"]) + int(region["size"]):
            said = "in RAM ('%s') of no live heap" % text(region["name"])
            return said if old is None else "%s; it was a block's\n%s" % (said, ledger.tell(old, address))
    name = symbol_of(address)
    if name is not None:
        return name
    if address < 4096:
        return "nowhere: the page of the null pointer is never mapped"
    if is_in(address, "'sim/window.c'::pieces", "'sim/window.c'::piece_count"):
        return "in the host window: an object of the kernel, or a stack that no task has"
    if is_in(address, "'sim/arena.c'::reserved", "'sim/arena.c'::reserved_count"):
        return "nowhere: nothing is mapped there"
    try:
        read(address, 1)
    except gdb.GdbError:
        return "nowhere: nothing is mapped there"
    return "in the host's own memory, which the board does not have"


# --- the commands ---


class Heapsim(gdb.Command):
    """Tasks, heaps and blocks of a program that heapsim runs."""

    def __init__(self):
        super().__init__("heapsim", gdb.COMMAND_DATA, prefix=True)


class Tasks(gdb.Command):
    """heapsim tasks: name, priority, state, core, host stack touched, and what each waits for."""

    def __init__(self):
        super().__init__("heapsim tasks", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        show_tasks()


class Heap(gdb.Command):
    """heapsim heap [NAME [blocks]]: the live heaps and pools, or one of them, and who holds most of
their memory; with "blocks" every live block of it, in address order."""

    def __init__(self):
        super().__init__("heapsim heap", gdb.COMMAND_DATA)

    def complete(self, so_far, word_so_far):
        names = [text(h["name"]) for h in live_heaps()] + ["blocks"]
        return [n for n in names if n.startswith(word_so_far or "")]

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        wants_blocks = len(words) > 1 and words[-1] == "blocks"
        name = " ".join(words[:-1] if wants_blocks else words)
        found = [h for h in live_heaps() if name in ("", text(h["name"]))]
        if not found:
            raise gdb.GdbError("heapsim: there is no live heap '%s'" % name if name else
                               "heapsim: there is no live heap yet")
        ledger = Ledger()
        for heap in reversed(found):
            if wants_blocks:
                show_blocks(heap, ledger)
            else:
                show_heap(heap, ledger)


class Block(gdb.Command):
    """heapsim block ADDRESS: the block that has, or had, a byte there: who took it and who freed it."""

    def __init__(self):
        super().__init__("heapsim block", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        address = parse_address(argument)
        ledger = Ledger().demand()
        r = ledger.find(address)
        if r is None:
            print("0x%x lies in no block, and never did." % address)
        else:
            print("0x%x:\n%s" % (address, ledger.tell(r, address)))


class Why(gdb.Command):
    """heapsim why ADDRESS: what lies there: a block, slack, a header, free memory, a task's stack..."""

    def __init__(self):
        super().__init__("heapsim why", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        address = parse_address(argument)
        print("0x%x: %s" % (address, why(address, Ledger())))


for command in (Heapsim, Tasks, Heap, Block, Why):
    command()

# Interrupts of the board, and the watchdog's question: nothing to stop at.
for signal in ("SIGURG", "SIG35"):
    gdb.execute("handle %s nostop noprint pass" % signal, to_string=True)
