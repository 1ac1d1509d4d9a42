"""Python logs, searchable in OpenSearch seconds after they are written."""
