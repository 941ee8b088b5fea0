"""The `BlobStore` contract: Azure's semantics, of Azurite through the adapter and of the one in memory."""
