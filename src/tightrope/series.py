"""Public data as they are published, by quarter: what `tightrope series` does, from Python."""

from tightrope.sources import FORMATS, load_series
from tightrope.sources.tally import Dropped, Loaded, check_table, poisson_interval, to_csv
from tightrope.sources.textfile import SeriesError
from tightrope.sources.ucdp import UCDP_COLUMNS

__all__ = [
    "FORMATS",
    "UCDP_COLUMNS",
    "Dropped",
    "Loaded",
    "SeriesError",
    "check_table",
    "load_series",
    "poisson_interval",
    "to_csv",
]
