"""Commands about loudspeakers and the programs: enrol, hold, status, daemon, node."""
