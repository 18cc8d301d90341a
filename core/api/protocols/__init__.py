"""Protocols of other model servers: each turns its requests into a `PredictionCall`, and the answers into its form."""
