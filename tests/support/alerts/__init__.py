"""What the tests of alerts share."""
