"""What of a page or file a person sees: hidden and disguised text taken out, words to a language model found."""
