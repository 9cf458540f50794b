"""What a person sees on the screen: words on the right stream, progress, the lines about a plan and a run."""
