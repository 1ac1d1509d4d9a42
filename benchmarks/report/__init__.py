"""The page and the plots of a run."""
