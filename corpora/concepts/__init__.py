"""Concepts: a vocabulary of terms and UMLS CUIs, the linker that finds them in text, and what the text asserts of them."""
