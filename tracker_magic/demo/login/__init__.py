"""The login services: OAuth, IAM and metadata, and the credentials that they issue."""
