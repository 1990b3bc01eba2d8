"""Setup: how the house stands, and every setting an administrator can change, with who did."""
