"""The API that programs call, one blueprint per noun, under ``/api/v1``; described at ``/openapi.json``."""
