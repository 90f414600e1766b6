"""The parts of a body in an exemplar: which pixel shows which, where legs cross, what arms cover."""
