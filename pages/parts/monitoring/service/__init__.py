"""The tab Service: how much is asked, how fast it is answered, what fails, what it uses and costs."""
