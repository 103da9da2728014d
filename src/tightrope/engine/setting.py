"""A setting: what is run where nothing else is said."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.case import Arm, Case, Posture, Scenario
from tightrope.case.named import find
from tightrope.engine.model import Model
from tightrope.engine.plan import Plan, plan
from tightrope.engine.runs import Runs


@dataclass(frozen=True, eq=False)
class Setting:
    """Runs, with the scenario and the posture that hold where an arm names none."""

    runs: Runs
    scenario: Scenario
    posture: Posture

    @classmethod
    def of(cls, runs: Runs, scenario: str | None = None, posture: str | None = None) -> Setting:
        """By the names of scenario and posture; the case's own where there is none.

        Raises UseError for a name that the case does not have.
        """
        case = runs.model.case
        course = find(case.scenarios, case.scenario if scenario is None else scenario, "scenario")
        stance = find(case.postures, case.posture if posture is None else posture, "posture")
        return cls(runs, course, stance)

    @property
    def model(self) -> Model:
        return self.runs.model

    @property
    def case(self) -> Case:
        return self.runs.model.case

    @property
    def quarters(self) -> int:
        return self.runs.quarters

    def plan(self, arm: Arm | None = None) -> Plan:
        """An arm, or what is run without one, laid out over the quarters of the runs."""
        return plan(self.case, arm or Arm(), self.quarters, self.scenario, self.posture)
