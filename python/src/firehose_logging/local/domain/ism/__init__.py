"""Index State Management, which no Maven artifact brings: policies kept, attached, carried out."""
