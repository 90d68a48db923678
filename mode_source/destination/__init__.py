"""What the database holds, and how it is reached: the pipeline, readers, dlt's errors in a sentence."""
