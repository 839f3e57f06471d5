"""The demo centre: believable records, clean under all rules, and the faults planted among them."""

from datetime import date

AS_OF = date(2026, 9, 30)
