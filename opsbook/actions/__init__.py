"""What can be done with any catalog and book: they know no sheet and no host."""
