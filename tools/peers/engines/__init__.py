"""One file an engine. Each says in PACKAGES what its environment holds, in SETUP how it is set up in a few
words, and gives in `clusters` what it makes of a set: {name: {record id: cluster}}, with more names than
one where it is usual to cut at several thresholds. PROCESSES says that it works in processes beside its
own, HOW what `docs/accuracy.md` adds to its name.
"""
