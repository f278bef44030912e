"""Google Drive: its client and its accounts."""
