"""Signatures and policies, evaluated as AWS documents them."""
