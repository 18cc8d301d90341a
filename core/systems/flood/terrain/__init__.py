"""Terrain: files, coordinate systems, the areas that are kept, and where more terrain comes from."""
