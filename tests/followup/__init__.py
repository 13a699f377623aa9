"""Follow-up questions over the seed and six invented articles, to measure `retrieval.followup`."""
