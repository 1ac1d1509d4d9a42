"""May they: what each call needs, and whether the policies around it allow that."""
