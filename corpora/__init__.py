"""What radqa knows and who said it: documents, passages, quantities, concepts and licences."""
