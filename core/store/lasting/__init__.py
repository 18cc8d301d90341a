"""What people and programs wait for: work of the pages, and jobs of the API."""
