"""S3: its client, its errors and its settings."""
