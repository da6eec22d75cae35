"""Landlock from Python: which version the kernel has, and a ruleset that allows what it lists and nothing else.

In     paths with what may be done under them
Out    a descriptor of the ruleset, for the process that is to live by it
Never  restricts this process
Why    no distribution of it is needed for three system calls
"""

import ctypes
import errno
import functools
import os
import stat
import struct
from dataclasses import dataclass

from skillstrata.records.failures import SandboxUnavailable

# The same on every machine.
_CREATE_RULESET, _ADD_RULE = 444, 445
_VERSION_FLAG = 1
_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
_MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM, _REFER = 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13
TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | _IOCTL_DEV

READ = EXECUTE | READ_FILE | READ_DIR
_MAKE = _MAKE_DIR | _MAKE_REG | _MAKE_SOCK | _MAKE_FIFO | _MAKE_SYM
WRITE = READ | WRITE_FILE | TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE | _REFER

# Version 3 can refuse to truncate: without it a file outside could be emptied.
OLDEST = 3
_WITH_NETWORK, _WITH_DEVICES, WITH_SCOPES = 4, 5, 6
_ALL_TCP, _ALL_SCOPES = 3, 3


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done with a file, or with everything in a folder."""

    path: str
    access: int


@functools.cache
def version() -> int:
    """Give the version of Landlock that this kernel has; 0 where it has none or has it switched off."""
    found = _libc().syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    return max(found, 0)


def ruleset(rules: tuple[Rule, ...], of_version: int) -> int:
    """Make a ruleset: all that this version can refuse is refused, but for the rules.

    Raises:
        SandboxUnavailable: The kernel takes it or one of its rules not.
        FileNotFoundError: A path of a rule is not there.
    """
    handled = (1 << (16 if of_version >= _WITH_DEVICES else 15)) - 1
    words = [handled]
    if of_version >= _WITH_NETWORK:
        words.append(_ALL_TCP)
    if of_version >= WITH_SCOPES:
        words.append(_ALL_SCOPES)
    attributes = struct.pack(f"={len(words)}Q", *words)
    fd = _libc().syscall(
        ctypes.c_long(_CREATE_RULESET), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    )
    if fd < 0:
        raise _refused("a ruleset")
    try:
        for rule in rules:
            _add(fd, rule, handled)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _add(ruleset_fd: int, rule: Rule, handled: int) -> None:
    place = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    try:
        access = rule.access & handled
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= _OF_FILES
        attributes = struct.pack("=Qi", access, place)
        if _libc().syscall(
            ctypes.c_long(_ADD_RULE),
            ctypes.c_int(ruleset_fd),
            ctypes.c_int(_PATH_BENEATH),
            attributes,
            ctypes.c_uint32(0),
        ):
            raise _refused(repr(rule.path))
    finally:
        os.close(place)


def _refused(what: str) -> SandboxUnavailable:
    number = ctypes.get_errno()
    return SandboxUnavailable(
        f"Landlock does not take {what}: {errno.errorcode.get(number, number)}", hint="see `skillstrata doctor`"
    )


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
