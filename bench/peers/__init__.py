"""The products that Homeroom is measured beside: brought up for real, from their own packages."""
