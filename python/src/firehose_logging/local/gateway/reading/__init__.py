"""Read each request once, and write it anew in the one form that all behind it understand alike."""
