"""Versions in alerts: which of them answer now, and what the accuracy of a new one is held against."""
