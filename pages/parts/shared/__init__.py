"""Pieces that several pages draw: answers, forms, tables, charts, words."""
