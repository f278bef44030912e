"""One run: what is listed, decided, transferred and written down."""
