"""Speed and memory, each beside what plain sentence-transformers takes in the same run."""
