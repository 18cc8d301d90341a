"""The tab Quality: how often answers are right, of whom and since when, and whether scores can be trusted."""
