"""Files and requests that nobody would send on purpose, against what Lookout reads them with."""
