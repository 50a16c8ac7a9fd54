"""Export files of invented people, made by the project: small ones with every trap in them, and any number of rows.

Functions that take numbers give the same file for the same seed and write as they go, so that a file may be large. Each
gives back its path. What is small is written by hand and stands in `files`; `folder` puts it together with what is made
of it.
"""
