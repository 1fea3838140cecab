"""The room where the reader is trained: questions, splits, training, evaluation, packing. Never imported by the product."""
