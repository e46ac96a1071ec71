"""The fakes of every port, for tests and simulations."""
