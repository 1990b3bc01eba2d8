"""Internet mail without a network: bounded parsing, strict addresses, composing.

`parse.parse` turns any bytes into a `Mail` and never raises; `addresses.parse` reads address lists;
`compose.compose` writes a message. Nothing here knows what the mail is about.
"""
