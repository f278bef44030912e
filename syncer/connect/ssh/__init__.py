"""SSH and SFTP: connections, logins and the client."""
