"""Bodies of requests in every form that programs send: JSON, form fields, files, tables; compressed or not."""
