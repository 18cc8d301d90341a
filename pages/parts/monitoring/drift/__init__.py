"""The tab Drift: which inputs and answers of a version moved away from its own data."""
