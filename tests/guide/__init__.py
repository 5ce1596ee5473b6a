"""The field guide for heads and supervisors."""
