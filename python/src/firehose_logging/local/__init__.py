"""A local AWS for the way from Data Firehose to OpenSearch."""
