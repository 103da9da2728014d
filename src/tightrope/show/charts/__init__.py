"""Charts: one Altair chart serves the report, a notebook, a picture and a page.

Nothing here computes a result; charts only show what a board, a dataset or a finding holds. Text
from a case enters as data, never as an expression, so no name in a case can change what a chart
does.

Charts of a board, of its record and of a game are names of this package; they live in

- `board`: claims as dots, bars and sizes, the removal matrix; `named`, every chart of a board
- `paths`: fans of variables, conduct, what pushed a variable
- `influence`: who moves what, as a graph and as a table
- `record`: the record over all worlds, hindcasts, calibration
- `game`: the map of a game and its equilibria

Charts of the other analyses are imported from their own modules: loading them here would go round
in a circle, because some of these analyses use this package.

- `compare`: postures compared, where one breaks, a shock
- `search`: the front of a posture search
- `signposts`: which signposts tell, and how the best one does

All rest on `style` (colours, type, rows of data) and
`saving` (pictures and pages).
"""

from tightrope.analyses.game.charts import of_game
from tightrope.analyses.record.charts import of_hindcast, record_fans
from tightrope.analyses.verdicts.charts import (
    MATTERS,
    breaking,
    effects,
    named,
    overview,
    removal_matrix,
    removals_that_matter,
    verdict_bars,
)
from tightrope.show.charts.influence import (
    influence_graph,
    influence_matrix,
    link_tip,
    links,
    node_tips,
    nodes,
)
from tightrope.show.charts.paths import (
    conduct,
    contribution_table,
    contributions,
    contributions_by_scenario,
    fan,
    fan_table,
    fans,
    level_colours,
    main_variables,
    pushes_by_scenario,
    split,
)
from tightrope.show.pictures import policy, save, svg
from tightrope.show.style import FONT, VERDICT_COLOURS, Chart

__all__ = [
    "FONT",
    "MATTERS",
    "VERDICT_COLOURS",
    "Chart",
    "breaking",
    "conduct",
    "contribution_table",
    "contributions",
    "contributions_by_scenario",
    "effects",
    "fan",
    "fan_table",
    "fans",
    "influence_graph",
    "influence_matrix",
    "level_colours",
    "link_tip",
    "links",
    "main_variables",
    "named",
    "node_tips",
    "nodes",
    "of_game",
    "of_hindcast",
    "overview",
    "policy",
    "pushes_by_scenario",
    "record_fans",
    "removal_matrix",
    "removals_that_matter",
    "save",
    "split",
    "svg",
    "verdict_bars",
]
