"""The strategic core of a case as a signalling game, read from game.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tightrope.case import Audience, Dial, Game, Reply
from tightrope.reading.claims import Names
from tightrope.reading.nouns import POSSIBLE, argument_name
from tightrope.reading.yamlfile import WITHIN, Node, Range, optional_text, unknown
from tightrope.text.names import listed, nearest

BELIEF, EVEN_AT = "belief", "even_at"
"""What a map may go over beside the numbers of the case."""

_LAST_QUARTER = 100
_MOST = 6
"""Messages, replies or audiences; the tree has to stay one that can be solved and read."""


def read_game(root: Node, names: Names, priors: Sequence[str]) -> Game:
    """The game of game.yaml; `priors` are the numbers of the case that its map may go over."""
    fields = root.fields(("sender", "message", "resolve", "audiences", "map"), ("quarter", "about"))
    sender = fields["sender"].choice(tuple(names.actors))
    own = tuple(i.name for i in names.actors[sender].instruments)
    message = fields["message"].fields(("instrument", "levels"))
    instrument = message["instrument"].choice(own)
    levels = _words(message["levels"], names.instruments[instrument].levels)
    label = names.actors[sender].label
    resolve = fields["resolve"].fields(("pressure", "sustained", "usual", "types", "belief"))
    others = tuple(i.name for i in names.instruments.values() if i.actor != sender)
    pressure = resolve["pressure"].choice(others)
    types = _types(resolve["types"])
    allowed = names.instruments[pressure].levels
    usual = resolve["usual"].choice(allowed)
    audiences = tuple(
        _audience(key, node, sender, names)
        for key, node in _few(fields["audiences"], "audience", 1).items()
    )
    dials = (BELIEF, *(EVEN_AT for a in audiences if a.even_at))
    if dials.count(EVEN_AT) > 1:
        fields["audiences"].fail("two audiences with a stake", "at most one passive audience")
    return Game(
        sender=sender,
        instrument=instrument,
        messages=tuple(levels.items()),
        quarter=fields["quarter"].whole(0, _LAST_QUARTER) if "quarter" in fields else 0,
        pressure=pressure,
        sustained=resolve["sustained"].choice([level for level in allowed if level != usual]),
        usual=usual,
        types=types,
        belief=_dial(
            resolve["belief"], BELIEF, WITHIN, f"Belief beforehand that {label} is {types[0]}"
        ),
        audiences=audiences,
        map=_map(fields["map"], (*dials, *priors)),
        about=optional_text(fields, "about"),
        place=root.place,
    )


def _few(node: Node, what: str, least: int) -> Mapping[str, Node]:
    found = node.filled(what)
    if not least <= len(found) <= _MOST:
        node.fail(f"{len(found)}", f"{least} to {_MOST}, each with a name")
    return found


def _words(node: Node, allowed: Sequence[str]) -> dict[str, str]:
    """Levels of an instrument, each with what it is in plain words."""
    for level, words in _few(node, "level", 2).items():
        if level not in allowed:
            raise unknown(words, node.path, level, allowed)
    return {level: words.text() for level, words in node.mapping().items()}


def _types(node: Node) -> tuple[str, str]:
    found = node.texts()
    if len(found) != 2 or found[0] == found[1]:
        node.fail(listed(found), "[whom pressure costs less, whom it costs more]")
    return found[0], found[1]


def _audience(key: str, node: Node, sender: str, names: Names) -> Audience:
    if key == sender:
        node.fail(f'the sender "{key}"', "somebody else")
    if key in names.actors:
        fields = node.fields(("instrument", "replies"))
        own = tuple(i.name for i in names.actors[key].instruments)
        instrument = fields["instrument"].choice(own)
        words = _words(fields["replies"], names.instruments[instrument].levels)
        replies = tuple(Reply(level, says, level) for level, says in words.items())
        label = names.actors[key].label
        return Audience(key, label, instrument, replies, "", None, node.place)
    if "instrument" in node.mapping():
        actors = tuple(a for a in names.actors if a != sender)
        raise unknown(node, node.path.removesuffix(f".{key}"), key, actors)
    argument_name(key, node)
    fields = node.fields(("label", "variable", "replies", "backs", "even at"))
    variable = fields["variable"].choice(tuple(names.variables))
    within = POSSIBLE[names.variables[variable].scale]
    backs = fields["backs"].choice(tuple(names.variables))
    label = fields["label"].text()
    return Audience(
        name=key,
        label=label,
        moves=variable,
        replies=tuple(
            _reply(name, reply, within)
            for name, reply in _few(fields["replies"], "reply", 2).items()
        ),
        backs=backs,
        even_at=_dial(
            fields["even at"],
            EVEN_AT,
            POSSIBLE[names.variables[backs].scale],
            f"Where backing and turning away pay the same ({backs})",
        ),
        place=node.place,
    )


def _reply(name: str, node: Node, within: Range) -> Reply:
    fields = node.fields(("says", "value"))
    return Reply(name, fields["says"].text(), fields["value"].number(within))


def _dial(node: Node, name: str, within: Range, meaning: str) -> Dial:
    fields = node.fields(("value", "range", "judgement"))
    ends = fields["range"].items()
    if len(ends) != 2:
        fields["range"].fail(f"a list of {len(ends)}", "[lowest, highest]")
    low, high = (end.number(within) for end in ends)
    if low >= high:
        fields["range"].fail(f"[{low:g}, {high:g}]", "[lowest, highest]")
    value = fields["value"].number(within)
    if not low <= value <= high:
        fields["value"].fail(f"{value:g}", f"a number in the range, {low:g} to {high:g}")
    return Dial(name, value, low, high, meaning, fields["judgement"].text(), node.place)


def _map(node: Node, allowed: Sequence[str]) -> tuple[str, str]:
    items = node.items()
    if len(items) != 2:
        node.fail(f"a list of {len(items)}", "two numbers of the case by name")
    for item in items:
        if item.text() not in allowed:
            what = f"{BELIEF}, {EVEN_AT} of a passive audience, or a number of the case"
            item.fail(item.shown, what, nearest(item.text(), allowed))
    first, second = (item.text() for item in items)
    if first == second:
        node.fail(f'"{first}" twice', "two numbers that differ")
    return first, second
