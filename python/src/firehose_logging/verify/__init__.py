"""Check a deployment, on AWS or local, through AWS's own APIs."""
