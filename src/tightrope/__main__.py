"""The program's entry: small, so that a request to stop is heard from the first moment on."""

from __future__ import annotations

from typing import NoReturn

from tightrope import interrupt


def main() -> NoReturn:
    """Run the command line."""
    interrupt.guarded(_commands)


def _commands() -> None:
    from tightrope import cli  # noqa: PLC0415 - takes long

    cli.main()


if __name__ == "__main__":
    main()
