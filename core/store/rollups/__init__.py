"""Counts of the log by minute, hour and day, kept in the store, so that no figure has to read the log again."""
