"""What people and programs are shown, below every face of Steward."""
