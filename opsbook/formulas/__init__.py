"""Pure sums over columns: they know no sheet."""
