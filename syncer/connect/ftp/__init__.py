"""FTP over TLS: its connections, and the requests that a destination makes."""
