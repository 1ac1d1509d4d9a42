"""The one port in front of every AWS API."""
