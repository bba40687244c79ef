"""The pages that people read, one blueprint per noun, under ``/{ar|fr|en}/``."""
