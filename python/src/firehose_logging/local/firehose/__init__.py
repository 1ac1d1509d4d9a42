"""Data Firehose as AWS runs it: API, buffering, delivery, retry, backup."""
