"""How well questions are answered: data sets in, figures, pages and pinned floors out."""
