"""The e-mail door. The pure half: raw bytes to `Inbound` (`reading.read`), with no socket or clock."""
