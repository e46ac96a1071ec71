"""Commands about the configuration: check, plan, explain, apply, policy, calendar."""
