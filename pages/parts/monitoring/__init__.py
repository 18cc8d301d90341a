"""The pieces of the pages Home and Monitoring."""
