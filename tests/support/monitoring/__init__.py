"""What tests of resources and of Prometheus share."""
