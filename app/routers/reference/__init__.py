"""The API's description: names, meanings and examples for whoever writes a client."""
