"""The statistics that derived figures and rules rest on: arrays in, arrays out, no clock, no store, no randomness."""
