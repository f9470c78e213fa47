#!/usr/bin/python3
"""under_profile.py PROFILE COMMAND...: runs a command under a container engine's seccomp profile.

What the profile allows to capabilities that Docker does not give is not allowed here either.
"""
import errno
import json
import os
import sys

import seccomp

ACTIONS = {"SCMP_ACT_ALLOW": lambda number: seccomp.ALLOW, "SCMP_ACT_ERRNO": seccomp.ERRNO}
COMPARISONS = {"SCMP_CMP_EQ": seccomp.EQ, "SCMP_CMP_NE": seccomp.NE, "SCMP_CMP_MASKED_EQ": seccomp.MASKED_EQ}


def applies(rule):
    """Whether Docker applies the rule on x86-64 with its standard capabilities."""
    only, never = rule.get("includes") or {}, rule.get("excludes") or {}
    given = {"CAP_SYS_CHROOT", "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_KILL"}
    if not set(only.get("caps", [])) <= given or "amd64" not in only.get("arches", ["amd64"]):
        return False
    return not set(never.get("caps", [])) & given and "amd64" not in never.get("arches", ["none"])


def argument(of):
    number, comparison = of["index"], COMPARISONS[of["op"]]
    if comparison == seccomp.MASKED_EQ:
        return seccomp.Arg(number, comparison, of["value"], of.get("valueTwo", 0))
    return seccomp.Arg(number, comparison, of["value"])


def load(profile):
    default = ACTIONS[profile["defaultAction"]](profile.get("defaultErrnoRet", errno.EPERM))
    rules = seccomp.SyscallFilter(default)
    for rule in filter(applies, profile["syscalls"]):
        action = ACTIONS[rule["action"]](rule.get("errnoRet", errno.EPERM))
        for name in rule["names"]:
            try:
                if action != default:
                    rules.add_rule(action, name, *map(argument, rule.get("args") or []))
            except (OSError, RuntimeError):
                pass  # a call that this machine's library has no number for stays refused
    rules.load()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        load(json.load(file))
    os.execvp(sys.argv[2], sys.argv[2:])
