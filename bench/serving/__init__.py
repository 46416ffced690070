"""What the server costs: diagnoses at once, and answers to mail programs."""
