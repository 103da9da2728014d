"""More than one machine, on Dask: blocks of worlds run by worker processes, results kept here."""
