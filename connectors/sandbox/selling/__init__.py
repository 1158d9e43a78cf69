"""The simulated Selling Partner API: its door, its reports, and its operations over the shop of the sandbox."""
