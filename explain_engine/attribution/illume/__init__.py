"""ILLUME+: meta-encoder, exact training form, surrogates, rules."""
