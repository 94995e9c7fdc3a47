"""The usage feed as files: what it is made from, how it is published, verified and computed again."""
