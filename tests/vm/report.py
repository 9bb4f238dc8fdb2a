# SPDX-License-Identifier: GPL-2.0-only
"""
Reading a kernel's log as a judge: which lines say that the kernel found
something wrong, and which taints are not those that our modules bring.

Nothing here knows how the log came or what the guest was doing.
"""
import re

# The first line of each kind of report. Every one of them fails a run.
HEADS = re.compile(r"""
	\bBUG\b(?!\ on\ data) | WARNING: | \bOops\b | Kernel\ panic
	| general\ protection\ fault | invalid\ opcode | stack\ segment
	| divide\ error | double\ fault | unable\ to\ handle
	| KASAN: | KFENCE: | KCSAN: | UBSAN: | ODEBUG: | refcount_t:
	| INFO:\ (task\ .*blocked | rcu | possible | trying | lockdep)
	| detected\ (expedited\ )?stall | kthread\ starved
	| soft\ lockup | hard\ LOCKUP | workqueue\ lockup
	| inconsistent\ lock | suspicious\ RCU | held\ lock\ freed
	| lock\ held\ when\ returning | DEBUG_LOCKS_WARN_ON
	| context\ switch\ within\ RCU | bad\ unlock\ balance
	| scheduling\ while\ atomic | sleeping\ function\ called
	| [a-z]+_(add|del)\ corruption | kernel\ memory\ (exposure|overwrite)
	| Bad\ page | Bad\ rss-counter | still\ has\ objects
	| Objects\ remaining | refcnt_tracker | ref_tracker
	| unregister_netdevice:\ waiting | cannot\ create\ duplicate
	| kobject_add_internal\ failed | Out\ of\ memory | oom-kill
	| kmemleak:\ [1-9]\d*\ new | EXT4-fs\ error | I/O\ error
	| page\ allocation\ failure | Modules\ linked\ in: | Call\ Trace:
	""", re.X)

# These lines belong to the report that stands above them; alone they are one.
INNER = re.compile(r"Modules linked in:|Call Trace:")
REACH = 120

# What a healthy stock kernel says in a guest of ours.
HARMLESS = re.compile(r"""
	Kernel\ command\ line: | Warning:\ unable\ to\ open\ an\ initial\ console
	""", re.X)

STAMP = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?")

TAINTS = "PFSRMBUDAWCIOELKXTN"
EXPECTED_TAINTS = "OE"


def reports(text, allowed=()):
    """
    First lines of the reports in a log, without time stamps, each once. A
    report whose first line matches one of the patterns @allowed is none.
    """
    allowed = [re.compile(a) for a in allowed]
    found, last = [], -REACH
    for number, line in enumerate(text.splitlines()):
        line = STAMP.sub("", line).rstrip()
        if not HEADS.search(line) or HARMLESS.search(line):
            continue
        if number - last < REACH and INNER.search(line):
            continue
        last = number
        if any(a.search(line) for a in allowed):
            continue
        if line not in found:
            found.append(line)
    return found


def unexpected_taints(value, allowed=""):
    """Letters of the taints that neither our modules nor @allowed explain."""
    fine = EXPECTED_TAINTS + allowed
    return "".join(letter for bit, letter in enumerate(TAINTS)
                   if value >> bit & 1 and letter not in fine)
