"""A list as a table that a spreadsheet can edit, and the exact difference when it comes back.

Pure: a sheet declares its columns, records are texts in one canonical form, files are bytes. What may
be written, and by whom, is decided elsewhere.
"""
