"""What an attacker did to an earlier release, one file an attack: each fails where the attack succeeds."""
