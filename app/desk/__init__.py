"""The agent desk: staff read and answer tickets. Nothing here is for customers."""
