"""The only part that opens a socket to a service: pooled connections, time limits, allowed hosts, cancellation."""
