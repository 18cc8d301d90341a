"""The sub-grid solver: coarse cells that keep the storage and conveyance of the terrain within them."""
