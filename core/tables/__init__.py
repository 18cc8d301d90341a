"""Tables from strangers and for spreadsheets: encodings, readers of files, named columns, harmless cells."""
