"""The commands of `clearpost import …`."""
