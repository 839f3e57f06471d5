"""opsbook: an operations centre's workbooks, validated, scored and summarised, in Chinese and English."""

__version__ = "0.1.0"
