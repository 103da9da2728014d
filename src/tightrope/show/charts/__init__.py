"""Charts of runs and of a case; those of an analysis are in its folder."""
