"""What the kinds of basis and the removals are called in a sentence."""

BASIS_WORDS = {
    "emergent": "Emergent: the signs that were typed leave it open. There are ways of both signs "
    "to the outcome, two effects are weighed against each other, or the actors' choices make it.",
    "composed": "Composed: it follows from the signs that were typed. All ways from what its arms "
    "set to its outcome have the sign that was argued, whatever the numbers.",
    "duplicated": "Duplicated: several mechanisms say so outright. No single one is needed, but "
    "without all of them it falls.",
    "assumed": "Assumed: it falls when one mechanism is taken out, and that mechanism says so "
    "outright.",
    "input": "Input: it reads a range or usual conduct back. It stands with every mechanism and "
    "choice off, or the sign of one number, whose range has both, tells whether it comes out.",
    "definitional": "Definitional: it is so by how the outcome is defined. The difference is the "
    "same number in every world, or what the arms set stands in the formula of the outcome.",
    "not supported": "Not supported: it neither holds nor leans, so there is nothing to rest on.",
    "not computed": "What it rests on was not computed for this board.",
}
REMOVALS = {
    "own passage": "all mechanisms of its own passage together",
    "choice": "the actors' choices (everybody keeps to usual conduct)",
    "usual conduct": "usual conduct (all levels made equally usual)",
    "all that say so outright": "all mechanisms together that say so outright",
    "everything": "all mechanisms and choices together",
}
