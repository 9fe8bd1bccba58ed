"""Infrastructure as code: what its formats have in common, from values with places to the typed inventory."""
