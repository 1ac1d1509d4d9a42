"""Lambda functions, run as they were uploaded, each invocation in a process of its own."""
