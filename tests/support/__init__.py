"""What tests share: small fakes, and nothing that mocks the inside."""
