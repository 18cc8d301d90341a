"""Lookout beside other servers with the same network and the same photos."""
