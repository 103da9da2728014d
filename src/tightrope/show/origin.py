"""What may be said of where a case and its log come from."""

from __future__ import annotations

from tightrope.case import Case
from tightrope.text.wording import counted, joined


def sentences(case: Case) -> tuple[str, ...]:
    """What may be said of where the case and its log come from; nothing where nothing is known."""
    origin = case.origin
    if origin and not origin.differs:
        said = f"This is the case {origin.name} as it comes with tightrope, file for file."
        return (said, "The log is its authors' account of changes.") if case.log else (said,)
    if origin:
        log = f"The log is that of {origin.name}"
        if origin.entries < len(case.log):
            log = (
                f"Its log has {counted(origin.entries, 'entry', 'entries')} of {origin.name} among "
                f"{len(case.log)}"
            )
        return (
            f"This is a changed copy of the case {origin.name} that comes with tightrope; other "
            f"than there: {joined(origin.differs)}.",
            f"{log}; what it says of history is not checked here.",
        )
    if case.log:
        return ("What its log says of changes is the case's own account; it is not checked here.",)
    return ()
