"""The only package that opens sockets to a service: pooled connections, time limits, allowed hosts, cancellation."""
