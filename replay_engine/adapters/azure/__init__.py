"""Azure Blob Storage: the port `BlobStore`, and its errors in our words.

Nothing here knows what a blob is for.
"""
