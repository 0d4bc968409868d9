"""The desk: where staff read and answer tickets. Nothing here is for customers."""
