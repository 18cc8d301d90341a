"""The tab Log: the rows of the period, to search, sort and page through, and the story of one answer."""
