"""What may sound at a moment: the score, the policy, the hold and the cap taken together."""
