"""Tables from strangers and for spreadsheets: encodings, dialects, readers, named columns, harmless cells."""
