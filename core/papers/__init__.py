"""Papers: what PDFs of several rooms are written with, an A4 page with its foot, texts on it, and the font."""
