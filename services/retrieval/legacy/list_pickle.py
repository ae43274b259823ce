"""A pickled list of strings, read without `pickle.load`, which runs whatever a file asks for.

A small machine walks the opcodes and knows those alone that a list or tuple of strings is made of. It
has no names, no calls, no persistent ids, no bytes, no numbers, no containers in containers. What was
remembered (the memo) can be fetched again only where it is a string, so nothing can grow by referring
to itself, and a memo number is a dictionary's key, so a large one reserves nothing.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable

from services.errors import InvalidInput
from services.limits import LEGACY_ROWS
from services.messages import N_

_STRINGS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"})
_REMEMBER = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"})
_FETCH = frozenset({"BINGET", "LONG_BINGET", "GET"})
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_CODE = frozenset({"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "REDUCE", "BUILD",
                   "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"})  # fmt: skip
_FRAMING = frozenset({"PROTO", "FRAME"})

_MARK = object()
_Value = str | list[str] | tuple[str, ...] | object


class Refused(Exception):
    """Why the file is no plain list of names, as a message with the field `file` still to be filled."""

    def __init__(self, template: str) -> None:
        super().__init__(template)
        self.template = template


def read_pickled_list(data: bytes, name: str) -> list[str]:
    """The strings of the pickled list or tuple in `data`, in order; `name` is fit to show.

    Raises InvalidInput with a sentence for anything else, whatever it is.
    """
    machine = _Machine()
    try:
        for opcode, argument, position in pickletools.genops(data):
            machine.step(opcode.name, argument)
            if opcode.name == "STOP" and position != len(data) - 1:
                raise Refused(N_("{file} goes on after its list has ended. Nothing of it was used."))
        return machine.result()
    except Refused as refused:
        raise InvalidInput(refused.template, file=name) from refused
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise InvalidInput(
            N_("{file} is damaged or cut short. Nothing of it was used; copy the file again."), file=name
        ) from error


class _Machine:
    def __init__(self) -> None:
        self._stack: list[_Value] = []
        self._memo: dict[int, _Value] = {}
        self._strings = 0

    def step(self, name: str, argument: object) -> None:
        if name in _STRINGS:
            self._push(argument)
        elif name in _REMEMBER:
            key = len(self._memo) if name == "MEMOIZE" else _number(argument)
            self._memo[key] = self._stack[-1]
        elif name in _FETCH:
            self._push(self._memo[_number(argument)])
        elif name in _TUPLES:
            self._close(tuple, self._pop(_TUPLES[name]))
        elif name not in _FRAMING:
            self._others(name)

    def result(self) -> list[str]:
        [value] = self._stack
        if not isinstance(value, list | tuple):
            raise Refused(_refusal("STOP"))
        return list(value)

    def _others(self, name: str) -> None:
        actions: dict[str, Callable[[], None]] = {
            "MARK": lambda: self._stack.append(_MARK),
            "EMPTY_LIST": lambda: self._close(list, []),
            "EMPTY_TUPLE": lambda: self._close(tuple, []),
            "LIST": lambda: self._close(list, self._to_mark()),
            "TUPLE": lambda: self._close(tuple, self._to_mark()),
            "APPEND": lambda: self._extend(self._pop(1)),
            "APPENDS": lambda: self._extend(self._to_mark()),
            "STOP": lambda: None,
        }
        if name not in actions:
            raise Refused(_refusal(name))
        actions[name]()

    def _push(self, value: object) -> None:
        if not isinstance(value, str):
            raise Refused(_refusal("EMPTY_LIST"))
        self._strings += 1
        if self._strings > LEGACY_ROWS:
            raise Refused(N_("{file} holds more names than can be imported. Nothing of it was used."))
        self._stack.append(value)

    def _close(self, kind: type[list[str]] | type[tuple[str, ...]], values: list[str]) -> None:
        """A finished container. It must be the outermost: the stack below it is empty."""
        if self._stack:
            raise Refused(_refusal("EMPTY_LIST"))
        self._stack.append(kind(values))

    def _extend(self, values: list[str]) -> None:
        target = self._stack[-1]
        if not isinstance(target, list) or len(self._stack) != 1:
            raise ValueError("nothing to append to")
        target.extend(values)

    def _pop(self, count: int) -> list[str]:
        if count > len(self._stack):
            raise IndexError("the stack is empty")
        values, self._stack = self._stack[-count:], self._stack[:-count]
        return _texts(values)

    def _to_mark(self) -> list[str]:
        values: list[_Value] = []
        while (value := self._stack.pop()) is not _MARK:
            values.append(value)
        return _texts(values[::-1])


def _texts(values: list[_Value]) -> list[str]:
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(values):
        raise Refused(_refusal("EMPTY_LIST"))
    return texts


def _number(argument: object) -> int:
    if not isinstance(argument, int) or argument < 0:
        raise ValueError("no memo number")
    return argument


def _refusal(name: str) -> str:
    if name in _CODE:
        return N_(
            "{file} asks for code to be run when it is opened, as a list of names never does. Nothing of it "
            "was used. Save the list as JSON or CSV, if you trust where it is from."
        )
    return N_(
        "{file} holds more than a plain list of names: numbers, bytes, or lists inside the list. Nothing of "
        "it was used. Save the names as JSON or CSV."
    )
