"""The data door: datasets, readers, carriers, checks."""
