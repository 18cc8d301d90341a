"""`POST /predict`: the request in each of its forms, and its answers at once or line by line."""
