"""Windows. What the functions promise is written in ``posix``; here stands what differs.

Titles in quotes are those of pages of Microsoft's documentation; MS-DTYP is its specification of data types.
"""
