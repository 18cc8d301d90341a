"""The network: how it is built, which part of it stays as it came, and how it is made small for a release."""
