"""Making the reader's weights. Needs the extra `training`; nothing in the product needs it."""
