"""What goes out over the network: HTTP to addresses others chose, deadlines, domain names."""
