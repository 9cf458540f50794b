"""Who may ask the page for anything: this machine, this address, this browser; and how much may be handed in."""
