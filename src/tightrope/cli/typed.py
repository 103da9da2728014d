"""What was typed and is not what a command takes, in sentences of the one shape."""

from __future__ import annotations

import typing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tightrope.arguments import LIMITS, allowed_number
from tightrope.errors import UseError
from tightrope.text.characters import quoted

ALONE = "--help"


def check(
    command: Any, given: Mapping[str, Any], left: Sequence[str], order: Iterable[Any]
) -> None:
    """Raise UseError for an option given twice, an empty text, and for arguments too many."""
    for parameter, times in Counter(order).items():
        if _is_option(parameter) and not parameter.multiple and times > 1:
            raise UseError(f"{called(parameter)}: found {times} times; allowed: once")
        value = given.get(parameter.name or "")
        if "" in (value if isinstance(value, (list, tuple)) else [value]):
            raise UseError(f'{called(parameter)}: found ""; allowed: some text')
    if left and not given.get("help"):
        taken = [called(p) for p in command.params if not _is_option(p)]
        what = (
            f"{quoted(' '.join(left))} beside {' and '.join(taken)}" if taken else quoted(left[0])
        )
        raise UseError(f"{command.name}: found {what}; allowed: {' '.join(taken) or 'nothing'}")


def ours(
    problem: Exception, command: Any, given: Mapping[str, Any], function: Callable[..., Any] | None
) -> Exception:
    """Typer's problem as ours; what is none of these as it is."""
    if not hasattr(problem, "format_message"):
        return problem
    options = {o: p for p in command.params for o in (*p.opts, *p.secondary_opts) if o[:1] == "-"}
    name = getattr(problem, "option_name", None)
    parameter = options[name] if name in options else getattr(problem, "param", None)
    if parameter is None:
        return _no_option(command.name or "tightrope", name, options) if name else problem
    value = given.get(parameter.name or "")
    if getattr(parameter, "is_flag", False):
        return UseError(f"{name}: found a value; allowed: {name} alone")
    found = quoted(value) if name is None and isinstance(value, str) else "nothing"
    return UseError(f"{called(parameter)}: found {found}; allowed: {_wanted(parameter, function)}")


def _no_option(command: str, name: str, options: Iterable[str]) -> UseError:
    from tightrope.text.names import nearest  # for this sentence only

    known = [*(option for option in options if option.startswith("--")), ALONE]
    allowed = f"{', '.join(dict.fromkeys(known))}{nearest(name, known)}"
    return UseError(f"{command}: found the option {quoted(name)}; allowed: {allowed}")


def called(parameter: Any) -> str:
    """An option by its longest name, an argument by the word that stands for it in the help."""
    return max(parameter.opts, key=len) if _is_option(parameter) else parameter.metavar or ""


def _is_option(parameter: Any) -> bool:
    return any(name.startswith("-") for name in parameter.opts)


def _wanted(parameter: Any, function: Callable[..., Any] | None) -> str:
    """What may stand there: a number within its limits, or what the help says of it."""
    hint = typing.get_type_hints(function).get(parameter.name) if function else None
    kinds = {hint, *typing.get_args(hint)}
    if int in kinds and parameter.name in LIMITS:
        return allowed_number(parameter.name)
    if float in kinds:
        return "a number"
    words = (parameter.help or "some text").removesuffix(".")
    return words[0].lower() + words[1:]
