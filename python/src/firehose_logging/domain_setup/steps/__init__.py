"""The steps that make a domain ready, and those that take away what they made.

Each reads before it writes and reads back after; each may run twice, and beside another run.
"""
