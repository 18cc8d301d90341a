"""The local inertial solver on the terrain's own grid: the reference."""
