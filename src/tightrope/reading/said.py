"""What the source says: passages, their assertions one by one, and what it leaves out."""

from __future__ import annotations

from collections import Counter

from tightrope.case import Assertion, Case, Omission, Passage
from tightrope.case.grounds import MODALITIES
from tightrope.reading.nouns import loose_name
from tightrope.reading.yamlfile import Gather, Node, each, optional_text, problem
from tightrope.text.names import listed, nearest
from tightrope.text.wording import joined

_STANDS = ("inputs", "cannot test", "left out")


def read_passages(root: Node) -> tuple[Passage, ...]:
    """All passages; an assertion's name is given once in all of them."""
    found = each(lambda item: _passage(*item), root.filled("passage").items())
    times = Counter(a.id for p in found for a in p.assertions)
    with Gather() as got:
        for one in (a for p in found for a in p.assertions if times[a.id] > 1):
            got.add(problem(one.place, one.id, "a name that stands twice", "another name"))
    return found


def _passage(key: str, node: Node) -> Passage:
    fields = node.fields(("title", "argues"), ("inputs", "assertions"))
    with Gather() as got:
        got(loose_name, key, node)
        title, argues = got(fields["title"].line), got(fields["argues"].text)
        inputs = got(fields["inputs"].texts) if "inputs" in fields else ()
        said = got(_assertions, fields["assertions"]) if "assertions" in fields else ()
    return Passage(key, title, argues, node.place, inputs, said)


def _assertions(node: Node) -> tuple[Assertion, ...]:
    return each(lambda item: _assertion(*item), node.filled("assertion").items())


def _assertion(key: str, node: Node) -> Assertion:
    fields = node.fields((), (*MODALITIES, *_STANDS))
    how = [word for word in MODALITIES if word in fields]
    with Gather() as got:
        got(loose_name, key, node)
        if len(how) != 1:
            found = joined([f'"{word}"' for word in how]) or "none of them"
            got(node.fail, found, f"one of {listed(MODALITIES)}")
        stands = [word for word in _STANDS if word in fields]
        if "left out" in stands and len(stands) > 1:
            got(node.fail, joined([f'"{word}"' for word in stands]), '"left out" alone')
        says = [got(fields[word].text) for word in how]
        inputs = got(fields["inputs"].texts) if "inputs" in fields else ()
        untestable, left_out = (got(optional_text, fields, word) for word in _STANDS[1:])
    return Assertion(key, how[0], says[0], inputs, untestable, left_out, node.place)


def read_omissions(root: Node, references: tuple[str, ...]) -> tuple[Omission, ...]:
    """What the source leaves out, as the author of the case says in case.yaml."""
    node = root.mapping().get("leaves out")
    return each(lambda item: _omission(item, references), node.items()) if node else ()


def _omission(node: Node, references: tuple[str, ...]) -> Omission:
    fields = node.fields(("says", "why"), ("sources",))
    with Gather() as got:
        says, why = got(fields["says"].text), got(fields["why"].text)
        cited = got(fields["sources"].items) if "sources" in fields else []
        sources = got(each, lambda source: source.choice(references), cited)
    return Omission(says, why, sources, node.place)


def check_assertions(case: Case) -> None:
    """What stands for an assertion is in the case, and none is said to be two things."""
    names = _names(case)
    tested = {name for claim in case.claims for name in claim.tests}
    with Gather() as got:
        for one in case.assertions:
            for name in one.inputs:
                if name not in names:
                    path, hint = f"{one.id}.inputs", nearest(name, names)
                    got.add(problem(one.place, path, f'"{name}"', listed(names), hint))
            why = "cannot test" if one.untestable else "left out" if one.left_out else ""
            if why and one.id in tested:
                found = f'"{why}", and a claim that tests it'
                got.add(problem(one.place, one.id, found, "one of the two"))


def _names(case: Case) -> tuple[str, ...]:
    """All that may put an assertion into the case."""
    kinds = (case.mechanisms, case.derived, case.variables, case.regimes, case.quantities,
             case.actors, case.instruments, case.scenarios, case.postures, case.priors)  # fmt: skip
    return tuple(dict.fromkeys(item.name for kind in kinds for item in kind))
