"""What a function's process runs, outside of this project's package."""
