"""Mode over HTTP: one client, its pace, its pages. Knows no table."""
