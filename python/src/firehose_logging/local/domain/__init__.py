"""The domain endpoint: TLS, signature, access policy, then the engine."""
