"""Who may come in, and the services that give tokens: OAuth, IAM, metadata."""
