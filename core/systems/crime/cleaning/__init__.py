"""From a raw table to clean records: which column plays which part, dates, and what is rejected."""
