"""A forecast of a flood from its folder of files: as pictures, on a map, as numbers at a place, and to take away."""
