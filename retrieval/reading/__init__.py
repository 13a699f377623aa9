"""Reading a passage for a question: where the answer stands, and whether it does."""
