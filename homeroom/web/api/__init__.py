"""The JSON API, version 1: what machines call. Every call brings a key; nothing reads a cookie."""
