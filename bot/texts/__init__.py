"""Every word that the bot says, one module a language. The English one is the reference."""
