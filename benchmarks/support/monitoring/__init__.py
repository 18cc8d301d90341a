"""What the benchmark of Monitoring is made of: invented answers, filled logs, questions and their times."""
