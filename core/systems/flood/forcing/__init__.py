"""What drives a flood: rain and inflow over time, from storms, tables and weather services."""
