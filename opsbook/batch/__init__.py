"""Batch: many submitted workbooks. Each is judged in a process that can be killed; what is plain comes back, and is kept in a ledger if there is one."""
