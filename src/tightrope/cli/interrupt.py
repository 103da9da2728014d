"""Requests to stop: Ctrl-C, SIGTERM and a closed terminal all clean up and end in one sentence."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
SAID = "tightrope: stopped; nothing was left half written\n"
AGAIN = 0.05
"""Seconds after which a request is repeated that came where nothing can be raised."""


def guarded(work: Callable[[], object]) -> NoReturn:
    """Run a program and exit as it does; asked to stop, exit with 128 + the signal's number.

    The request is raised as KeyboardInterrupt, so that everything under way cleans up. What it
    turns into on its way is no error of the program. An import is finished first. A second request
    while it cleans up cuts that short, and one after that ends the process at once.
    Signals that are ignored already, as under nohup, stay so.
    """
    asked: list[int] = []
    waiting: list[threading.Timer] = []

    def again() -> None:
        waiting.append(threading.Timer(AGAIN, _send, asked[:1]))
        waiting[-1].start()

    def stop(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        if _imports(frame):  # some libraries abort when their import is interrupted
            again()
        else:
            raise KeyboardInterrupt

    def unraised(lost: sys.UnraisableHookArgs) -> None:
        if not asked:
            sys.__unraisablehook__(lost)
        elif lost.exc_type is KeyboardInterrupt:
            again()

    before = _handle(stop)
    hook, sys.unraisablehook = sys.unraisablehook, unraised
    try:
        work()
    except BaseException:
        if not asked:
            raise
    finally:
        for timer in waiting:
            timer.cancel()
        for number, old in before.items():
            signal.signal(number, _exit if asked else old)
        sys.unraisablehook = hook
    if asked:
        sys.stderr.write(SAID)
        sys.exit(128 + asked[0])
    sys.exit(0)


def _handle(stop: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Have `stop` called where a signal would end the process; return what was there before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    deadly = (signal.SIG_DFL, signal.default_int_handler)
    found = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) in deadly}
    for number in found:
        signal.signal(number, stop)
    return found


def _imports(frame: FrameType | None) -> bool:
    """Whether an import is under way."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _exit(number: int, frame: object) -> None:
    os._exit(128 + number)


def _send(number: int) -> None:
    """Signal the main thread, also where it waits for something."""
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, number)
    else:
        _thread.interrupt_main(signal.Signals(number))
