"""Pieces that pages draw: navigation, login, answers, charts, tables. The pages import nothing of one another."""
