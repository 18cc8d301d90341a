"""Shallow water over terrain: solvers, flow routing and downscaling; a library that knows nothing of Lookout."""
