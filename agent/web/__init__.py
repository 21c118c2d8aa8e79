"""Web page over our own API."""
