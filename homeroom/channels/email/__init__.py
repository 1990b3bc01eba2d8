"""The e-mail door. Its pure half turns raw bytes into `Inbound` (`reading.read`)."""
