"""What a domain publishes, read way by way: the settings, and all that is wrong with how they are written."""
