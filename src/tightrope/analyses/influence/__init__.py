"""Influence: which variable moves which, over what paths and after how many quarters."""
