"""Programs of this project in processes of their own, on one machine or on several."""
