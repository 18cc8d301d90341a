"""The pieces of the page Images."""
