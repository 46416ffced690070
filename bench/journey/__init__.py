"""What an address costs on its way to verified settings, measured beside the least it could cost."""
