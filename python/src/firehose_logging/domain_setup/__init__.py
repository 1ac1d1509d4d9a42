"""Prepare an OpenSearch domain from within: template, retention, roles, index pattern.

Needs botocore only, so that a bare Lambda runtime can run it.
"""
