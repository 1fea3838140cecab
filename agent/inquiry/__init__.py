"""A question answered by a chat model that reads: read, plan, research, answer, check, repair once, conclude.

The model reasons and chooses after reading; every sentence is checked and says what it rests on. See docs/decisions/0013-model-path.md.
"""
