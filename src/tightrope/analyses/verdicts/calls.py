"""How a result was made: the Python that makes it again, and the versions of what made it."""

from __future__ import annotations

import json
import platform
import sys
from importlib import metadata
from typing import Any

from tightrope import reading
from tightrope.case import Case
from tightrope.engine.setting import Setting

SHOWN_VERSIONS = ("jax", "numpy", "scipy", "xarray")


def version() -> str:
    return metadata.version("tightrope")


def attributes(setting: Setting) -> dict[str, Any]:
    """Of labelled arrays: what they were made from, and the Python that makes them again."""
    case, rule = setting.case, setting.model.rule
    scenario, posture = setting.scenario.name, setting.posture.name
    seed, worlds, quarters = setting.runs.worlds.seed, len(setting.runs.worlds), setting.quarters
    return {
        "case": case.name,
        "case_hash": case.hash,
        "scenario": scenario,
        "posture": posture,
        "rule": rule,
        "seed": seed,
        "worlds": worlds,
        "quarters": quarters,
        "version": version(),
        "command": call("simulate", case, scenario, posture, rule, seed, worlds, quarters),
    }


def call(
    what: str, case: Case, scenario: str, posture: str, rule: str, seed: int, worlds: int,
    quarters: int, **more: object,
) -> str:  # fmt: skip
    """The Python that makes a result again: a case that is not the package's is a folder."""
    shipped = case.origin is not None and not case.origin.differs and case.name in reading.shipped()
    trust = ", trust=True" if case.has_python else ""
    loaded = f'load("{case.name}")' if shipped else f'load("./{case.name}"{trust})'
    options = {"scenario": scenario, "posture": posture, "worlds": worlds, "quarters": quarters,
               "seed": seed, "rule": rule, **more}  # fmt: skip
    said = "".join(f", {name}={_literal(value)}" for name, value in options.items())
    return f"tightrope.{what}(tightrope.{loaded}{said})"


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list) else repr(value)


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": sys.platform}
    return found | {name: metadata.version(name) for name in SHOWN_VERSIONS}
