"""Reading passages for a question: where an answer stands in them, and whether it does."""
