"""What a question's words fix (quantities, codes, intents), and the table rows that they are compared with. Pure; asks no chat model."""
