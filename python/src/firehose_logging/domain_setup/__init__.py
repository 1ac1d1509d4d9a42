"""Prepare an OpenSearch domain from within: template, retention, roles, index pattern."""
