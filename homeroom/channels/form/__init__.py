"""The form on the front door and the box on a status page."""
