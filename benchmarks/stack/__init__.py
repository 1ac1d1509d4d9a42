"""Measure the local stack: from PutRecordBatch to searchable, over real sockets."""
