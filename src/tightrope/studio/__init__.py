"""The studio: cases, boards and drafts in the browser, on this machine. It shows; it does not
compute."""
