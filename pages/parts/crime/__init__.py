"""The pieces of the page Crime."""
