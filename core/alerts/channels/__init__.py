"""Ways to the people who are to be told of alerts: e-mail and webhooks."""
